import { mongo } from 'mongoose';
import { startProxy, type Direction, type TcpProxy } from '../testing/tcp-proxy.js';
import { Counted } from '../testing/counted.js';

const opMsg = 2013;
const headerBytes = 16;
/** Of an OP_MSG before its first section's document: flags and the section's kind. */
const beforeBody = headerBytes + 5;

/** What a driver says to keep a connection; nothing of ours. */
const housekeeping = new Set(['hello', 'ismaster', 'isMaster', 'ping', 'endSessions']);

interface Body extends mongo.Document {
  cursor?: { ns?: string; firstBatch?: unknown[]; nextBatch?: unknown[] };
}

/** A way to MongoDB that counts what goes over it: commands as `find memberships`, and documents read as `from memberships`. */
export class MongoCounter {
  readonly #counted = new Counted();
  /** By connection and direction: what is not a whole message yet. */
  readonly #rests = new Map<string, Buffer>();
  #proxy: TcpProxy | undefined;

  private constructor(private readonly target: string) {}

  static async start(mongoUrl: string): Promise<MongoCounter> {
    const counter = new MongoCounter(mongoUrl);
    const { hostname: host, port } = new URL(mongoUrl);
    counter.#proxy = await startProxy({
      target: { host, port: Number(port) },
      onData: (direction, chunk, connection) => counter.#receive(direction, chunk, connection),
    });
    return counter;
  }

  /** For the one who is counted. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${this.#proxy?.port}`;
    url.searchParams.set('directConnection', 'true'); // a replica set would name its own address
    return url.href;
  }

  get counts(): Counted {
    return this.#counted.copy();
  }

  async stop(): Promise<void> {
    await this.#proxy?.stop();
  }

  #receive(direction: Direction, chunk: Buffer, connection: number): void {
    const key = `${connection} ${direction}`;
    let data = Buffer.concat([this.#rests.get(key) ?? Buffer.alloc(0), chunk]);
    for (; data.length >= headerBytes && data.length >= data.readInt32LE(0); data = data.subarray(data.readInt32LE(0)))
      this.#count(direction, data.subarray(0, data.readInt32LE(0)));
    this.#rests.set(key, data);
  }

  #count(direction: Direction, message: Buffer): void {
    if (message.readInt32LE(12) !== opMsg) return;
    const size = message.readInt32LE(beforeBody);
    const body = mongo.BSON.deserialize(message.subarray(beforeBody, beforeBody + size)) as Body;
    if (direction === 'up') {
      const [command = '', collection] = Object.entries(body)[0] ?? [];
      const named = command === 'getMore' ? (body['collection'] as string) : String(collection);
      if (!housekeeping.has(command)) this.#counted.add(`${command} ${named}`);
    } else if (body.cursor) {
      const { ns = '', firstBatch = [], nextBatch = [] } = body.cursor;
      this.#counted.add(`from ${ns.slice(ns.indexOf('.') + 1)}`, firstBatch.length + nextBatch.length);
    }
  }
}
