import { createServer, connect, type Socket } from 'node:net';

/** `up`: from the client to the target. */
export type Direction = 'up' | 'down';

export interface ProxyOptions {
  target: { host: string; port: number };
  /** Default: a free one. */
  port?: number;
  /** Sees each chunk before it is passed on; `connection` counts from 1. Throwing cuts that connection before the chunk passes. */
  onData?: (direction: Direction, chunk: Buffer, connection: number) => void;
}

/** A TCP proxy on the loopback interface, to make the network fail between two real parts. */
export interface TcpProxy {
  readonly host: string;
  readonly port: number;
  /** Connections open now. */
  readonly connections: number;
  /** Resets all open connections. New ones are taken. */
  cut(): void;
  /** Passes nothing on, either way, and keeps connections open: a network that hangs. */
  stall(): void;
  /** Ends a stall; what waited goes on. */
  resume(): void;
  /** Resets open connections and refuses new ones at once, until `accept()`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  stop(): Promise<void>;
}

interface Pair {
  client: Socket;
  target: Socket;
}

/** Resolves when the proxy listens. A connection that the target refuses is reset. */
export async function startProxy({ target, port: wanted = 0, onData }: ProxyOptions): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let stalled = false;
  let count = 0;
  // Each side may end alone: what the other still has to say is passed on.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => open(client));
  await listen(wanted);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const { port } = address;

  function open(client: Socket): void {
    const number = ++count;
    const pair = { client, target: connect({ ...target, allowHalfOpen: true, noDelay: true }) };
    pairs.add(pair);
    pass('up', pair.client, pair.target);
    pass('down', pair.target, pair.client);

    function pass(direction: Direction, from: Socket, to: Socket): void {
      from.on('data', (chunk) => {
        try {
          onData?.(direction, chunk, number);
        } catch {
          reset(pair);
          return;
        }
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => {
        if (!stalled) from.resume();
      });
      from.on('end', () => to.end());
      from.on('error', () => reset(pair));
      from.on('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
      if (stalled) from.pause();
    }
  }

  function reset(pair: Pair): void {
    pair.client.resetAndDestroy();
    pair.target.resetAndDestroy();
  }

  function listen(at: number): Promise<void> {
    return new Promise((resolve, reject) => server.once('error', reject).listen(at, '127.0.0.1', resolve));
  }

  const each = (act: (socket: Socket) => void) => pairs.forEach((pair) => [pair.client, pair.target].forEach(act));
  const cut = () => pairs.forEach(reset);

  async function refuse(): Promise<void> {
    const closed = server.listening ? new Promise((resolve) => server.close(resolve)) : undefined;
    cut();
    await closed;
  }

  return {
    host: '127.0.0.1',
    port,
    get connections() {
      return pairs.size;
    },
    cut,
    stall() {
      stalled = true;
      each((socket) => socket.pause());
    },
    resume() {
      stalled = false;
      each((socket) => socket.resume());
    },
    refuse,
    async accept() {
      if (!server.listening) await listen(port);
    },
    stop: refuse,
  };
}
