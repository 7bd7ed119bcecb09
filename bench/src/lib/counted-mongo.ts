import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Commands that read. */
const reads = ['find', 'aggregate', 'getMore', 'count', 'distinct'];

/** A MongoDB seen through a proxy that counts what one client asks of it. */
export interface CountedMongo {
  /** For the one who is counted. */
  url: string;
  /** Reads so far. */
  readonly reads: number;
  stop(): void;
}

/** Counts from outside: the client is as always, and a server that keeps no counters will do. */
export async function countedMongo(url: string): Promise<CountedMongo> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer({ noDelay: true }, (client) => {
    const target = connect({ host: hostname, port: Number(port), noDelay: true });
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => (to.destroy(), sockets.delete(from)));
    }
    const commands = commandReader((command) => (count += Number(reads.includes(command))));
    client.on('data', commands);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const proxied = new URL(url);
  proxied.port = String((server.address() as AddressInfo).port);
  proxied.searchParams.set('directConnection', 'true'); // a replica set would name its own address
  return {
    url: proxied.href,
    get reads() {
      return count;
    },
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const headBytes = 16;
/** OP_MSG of MongoDB's wire protocol: flags, then a section of kind 0 with one BSON document, whose first key is the command. */
const opMsg = 2013;
const firstKey = headBytes + 4 + 1 + 4 + 1;

/** Takes the bytes that a client sends, however they are cut, and tells of each command. */
function commandReader(onCommand: (name: string) => void): (chunk: Buffer) => void {
  let waiting: Buffer = Buffer.alloc(0);
  return (chunk) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    while (waiting.length >= headBytes && waiting.length >= waiting.readInt32LE(0)) {
      const message = waiting.subarray(0, waiting.readInt32LE(0));
      waiting = waiting.subarray(message.length);
      if (message.readInt32LE(12) !== opMsg || message[headBytes + 4] !== 0) continue;
      onCommand(message.toString('latin1', firstKey, message.indexOf(0, firstKey)));
    }
  };
}
