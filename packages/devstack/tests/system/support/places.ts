import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { mongo } from 'mongoose';
import { waitUntil } from '../../../src/process/wait-until.js';

/** Somewhere that text could be left. */
export interface Place {
  name: string;
  bytes: Buffer;
  /** What is there in clear: a search that does not find it proves nothing. */
  controls: string[];
}

/** Every key, its value read by its type. */
export async function redisKeys(redis: Redis): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const keys of redis.scanStream({ count: 1_000 }) as AsyncIterable<string[]>) {
    for (const key of keys) parts.push(Buffer.from(`${key}\n`), ...flat(await valueOf(redis, key)));
  }
  return Buffer.concat(parts);
}

async function valueOf(redis: Redis, key: string): Promise<unknown> {
  const readers: Record<string, string[]> = {
    string: ['GET', key],
    hash: ['HGETALL', key],
    list: ['LRANGE', key, '0', '-1'],
    set: ['SMEMBERS', key],
    zset: ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
    stream: ['XRANGE', key, '-', '+'],
  };
  const type = await redis.type(key);
  if (type === 'none') return []; // gone since
  const [command = '', ...args] = readers[type] ?? [];
  if (!command) throw new Error(`${key} is a ${type}, which this test can't read`);
  return redis.callBuffer(command, ...args);
}

function flat(value: unknown): Buffer[] {
  if (Buffer.isBuffer(value)) return [value, Buffer.from('\n')];
  if (value instanceof Map) return [...value].flatMap(flat);
  if (Array.isArray(value)) return value.flatMap(flat);
  if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(flat);
  return [Buffer.from(`${String(value)}\n`)];
}

export interface Monitor {
  /** What Redis was asked until now, as MONITOR wrote it and with its escapes taken back. */
  read(): Promise<Buffer>;
  close(): void;
}

/** Listens to every command that Redis gets, from scripts too. */
export async function monitor(redis: Redis): Promise<Monitor> {
  const chunks: Buffer[] = [];
  const socket = connect(redis.options.port ?? 0, '127.0.0.1');
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write('MONITOR\r\n');
  await waitUntil(() => Buffer.concat(chunks).includes('+OK'), { what: 'MONITOR' });
  return {
    async read() {
      const mark = `mark-${performance.now()}`;
      await redis.echo(mark);
      const written: Buffer = await waitUntil(() => {
        const all = Buffer.concat(chunks);
        return all.subarray(-64 * 1024).includes(mark) ? all : undefined;
      });
      return Buffer.concat([written, unescaped(written)]);
    },
    close: () => socket.destroy(),
  };
}

function unescaped(bytes: Buffer): Buffer {
  const controls: Record<string, string> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' };
  const text = bytes.toString('latin1').replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_all, hex?: string, char = '') => {
    return hex ? String.fromCharCode(parseInt(hex, 16)) : (controls[char as string] ?? (char as string));
  });
  return Buffer.from(text, 'latin1');
}

/** What lies on disk: the RDB file made now, and all of the AOF. */
export async function redisFiles(redis: Redis, dir: string): Promise<{ rdb: Buffer; aof: Buffer }> {
  await redis.save();
  return { rdb: readFileSync(join(dir, 'dump.rdb')), aof: filesIn(join(dir, 'appendonlydir')) };
}

/** Has the AOF rewritten, and waits for that. */
export async function rewriteAof(redis: Redis): Promise<void> {
  await redis.bgrewriteaof();
  await waitUntil(async () => /aof_rewrite_in_progress:0.*aof_last_bgrewrite_status:ok/s.test(await redis.info('persistence')), {
    what: 'the AOF to be rewritten',
  });
}

/** All files of a folder, one after the other. */
export function filesIn(folder: string, fits: (name: string) => boolean = () => true): Buffer {
  return Buffer.concat(
    readdirSync(folder)
      .filter(fits)
      .map((name) => readFileSync(join(folder, name))),
  );
}

/** Every collection that has documents, each as all of its bytes. */
export async function collections(url: string, database: string): Promise<Map<string, Buffer>> {
  const client = await new mongo.MongoClient(url).connect();
  try {
    const db = client.db(database);
    const found = new Map<string, Buffer>();
    for (const { name } of await db.listCollections().toArray()) {
      const documents = await db.collection(name).find({}).toArray();
      if (documents.length > 0) found.set(name, Buffer.concat(documents.map((one) => Buffer.from(mongo.BSON.serialize(one)))));
    }
    return found;
  } finally {
    await client.close();
  }
}
