import { createServer, connect, type Socket } from 'node:net';

/** `up`: from the client to the target. */
export type Direction = 'up' | 'down';

export interface ProxyOptions {
  target: { host: string; port: number };
  /** Default: a free one. */
  port?: number;
  /** Sees each chunk before it is passed on; `connection` counts from 1. Throwing cuts that connection before the chunk passes. */
  onData?: (direction: Direction, chunk: Buffer, connection: number) => void;
  /**
   * Makes, for each connection, what becomes of the chunks that the target sends: it may change them, or keep a part for the
   * next. Throwing cuts that connection.
   */
  rewriteDown?: (connection: number) => (chunk: Buffer) => Buffer;
}

/** A TCP proxy on the loopback interface, to make the network fail between two real parts. */
export interface TcpProxy {
  readonly host: string;
  readonly port: number;
  /** Connections open now. */
  readonly connections: number;
  /** Their numbers, the oldest first. */
  readonly open: readonly number[];
  /** Resets all open connections, or one of them. New ones are taken. */
  cut(connection?: number): void;
  /** Passes nothing on, either way, and keeps connections open: a network that hangs. New ones hang too, unless it is for one. */
  stall(connection?: number): void;
  /** Ends all stalls, or that of one connection; what waited goes on. */
  resume(connection?: number): void;
  /** Resets open connections and refuses new ones at once, until `accept()`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  stop(): Promise<void>;
}

interface Pair {
  number: number;
  client: Socket;
  target: Socket;
  stalled: boolean;
}

/** Resolves when the proxy listens. A connection that the target refuses is reset. */
export async function startProxy({ target, port: wanted = 0, onData, rewriteDown }: ProxyOptions): Promise<TcpProxy> {
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
    const pair = { number, client, target: connect({ ...target, allowHalfOpen: true, noDelay: true }), stalled };
    pairs.add(pair);
    pass('up', pair.client, pair.target);
    pass('down', pair.target, pair.client, rewriteDown?.(number));

    function pass(direction: Direction, from: Socket, to: Socket, rewrite = (chunk: Buffer) => chunk): void {
      from.on('data', (chunk) => {
        let rewritten: Buffer;
        try {
          onData?.(direction, chunk, number);
          rewritten = rewrite(chunk);
        } catch {
          reset(pair);
          return;
        }
        if (!to.write(rewritten)) from.pause();
      });
      to.on('drain', () => {
        if (!pair.stalled) from.resume();
      });
      from.on('end', () => to.end());
      from.on('error', () => reset(pair));
      from.on('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
      if (pair.stalled) from.pause();
    }
  }

  function reset(pair: Pair): void {
    pair.client.resetAndDestroy();
    pair.target.resetAndDestroy();
  }

  function listen(at: number): Promise<void> {
    return new Promise((resolve, reject) => server.once('error', reject).listen(at, '127.0.0.1', resolve));
  }

  const those = (connection: number | undefined) =>
    [...pairs].filter(({ number }) => connection === undefined || number === connection);
  const cut = (connection?: number) => those(connection).forEach(reset);

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
    get open() {
      return [...pairs].map(({ number }) => number);
    },
    cut,
    stall(connection) {
      if (connection === undefined) stalled = true;
      for (const pair of those(connection)) {
        pair.stalled = true;
        pair.client.pause();
        pair.target.pause();
      }
    },
    resume(connection) {
      if (connection === undefined) stalled = false;
      for (const pair of those(connection)) {
        pair.stalled = false;
        pair.client.resume();
        pair.target.resume();
      }
    },
    refuse,
    async accept() {
      if (!server.listening) await listen(port);
    },
    stop: refuse,
  };
}
