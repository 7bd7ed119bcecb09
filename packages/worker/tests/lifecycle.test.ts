import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { startRedis, type RedisServer } from '@storm/devstack';
import { changesQueue } from '@storm/shared/contracts';
import { eventually, startProxy, testMongoUrl, testRedisUrl, type TcpProxy } from '@storm/devstack/testing';
import type { Verdict } from '@storm/shared/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig | undefined;
let mongo: TcpProxy;
beforeEach(async () => {
  const { hostname, port } = new URL(testMongoUrl());
  mongo = await startProxy({ target: { host: hostname, port: Number(port) } });
});
afterEach(async () => {
  await rig?.stop();
  rig = undefined;
  await mongo.stop();
});

/** The rig's workers reach MongoDB through the proxy. */
async function setUp(options: Parameters<typeof createRig>[0] = {}): Promise<Rig> {
  const url = new URL(testMongoUrl());
  url.host = `127.0.0.1:${mongo.port}`;
  return (rig = await createRig({ shards: 2, mongoUrl: url.href, ...options }));
}
const texts = async (on: Rig, channelId: string, userId: string) => {
  const seen: (string | null)[] = [];
  for (let after = 0, more = true; more;) {
    const answer = await on.asker.ask({ kind: 'page', userId, channelId, after, limit: 100 });
    seen.push(...answer.messages.map(({ text }) => text));
    after = answer.messages.at(-1)?.position ?? 0;
    more = answer.hasMore;
  }
  return seen;
};
/** Resolves when the change is queued, with what tells its verdict. */
const send = async (on: Rig, channelId: string, userId: string, text: string): Promise<{ verdict: Promise<Verdict> }> =>
  on.intake.submit(on.change(channelId, userId, { kind: 'message', text, threadId: null, clientTs: 1 }, { wantsState: false }));

describe('a graceful stop', () => {
  it('under load loses nothing that was acknowledged, doubles nothing, and ends by running dry', async () => {
    const on = await setUp();
    const first = on.spawnWorker();
    await eventually(() => on.vitals.reading?.workerAlive && on.vitals.reading.epoch, { timeoutMs: 20_000 });
    const ann = await on.user();
    const rooms = [await on.channel(ann), await on.channel(ann), await on.channel(ann)];
    const verdicts: Promise<Verdict>[][] = rooms.map(() => []);
    let loading = true;
    const load = rooms.map(async (room, i) => {
      for (let n = 0; loading || n < 50; n++) verdicts[i]?.push((await send(on, room, ann, `m${n}`)).verdict);
    });
    await eventually(() => verdicts.every((sent) => sent.length > 20));
    const ended = once(first, 'exit');
    first.kill('SIGTERM');
    const second = on.spawnWorker();
    expect(await ended).toEqual([0, null]);
    loading = false;
    await Promise.all(load);
    for (const [i, room] of rooms.entries()) {
      const all = await Promise.all(verdicts[i] ?? []);
      expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['persisted']));
      expect(await texts(on, room, ann)).toEqual(all.map((_, n) => `m${n}`));
    }
    const gone = once(second, 'exit');
    second.kill('SIGTERM');
    expect(await gone).toEqual([0, null]);
  });

  it('while MongoDB is away puts the job back where it was', async () => {
    const on = await setUp({ shards: 1 });
    const first = await on.startWorker();
    const ann = await on.user();
    const room = await on.channel(ann);
    await on.say(room, ann, 'before');
    await mongo.refuse();
    const queued: Promise<Verdict>[] = [];
    for (let i = 0; i < 5; i++) queued.push((await send(on, room, ann, `m${i}`)).verdict);
    const queue = new Queue(changesQueue, { connection: on.redis, prefix: on.names.shardPrefix(0) });
    await eventually(async () => (await queue.getJobCounts('active'))['active'] === 1);
    await first.stop();
    await eventually(async () => (await queue.getJobCounts('active', 'failed', 'delayed'))['active'] === 0);
    expect(await queue.getJobCounts('failed', 'delayed')).toEqual({ failed: 0, delayed: 0 });
    await mongo.accept();
    await on.startWorker();
    await Promise.all(queued);
    expect(await texts(on, room, ann)).toEqual(['before', 'm0', 'm1', 'm2', 'm3', 'm4']);
    await queue.close();
  });

  it('happens once, and before the start was done as well', async () => {
    const on = await setUp();
    await mongo.refuse();
    const starting = on.startWorker().catch((error: unknown) => error);
    await on.stopWorkers();
    await on.stopWorkers();
    expect(await starting).toBeInstanceOf(Error);
  });
});

describe('a start', () => {
  it('is refused where the database was made with another number of shards, and touches no queue', async () => {
    const on = await setUp({ shards: 2 });
    await on.startWorker();
    await expect(on.startWorker({}, { QUEUE_SHARDS: 4 })).rejects.toThrow('QUEUE_SHARDS is 4, but this database was made with 2');
    expect(await on.redis.hget(on.names.meta, 'shards')).toBe('2');
    expect(await on.redis.keys(`${on.names.shardPrefix(3)}:*`)).toEqual([]);
  });

  it('waits for MongoDB, and readiness says so until it is there', async () => {
    const on = await setUp();
    await mongo.refuse();
    const starting = on.startWorker();
    const port = await eventually(() => on.workers[0]?.port);
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    expect(await status('/readiness')).toBe(503);
    expect(await status('/health')).toBe(200);
    await mongo.accept();
    const worker = await starting;
    await eventually(async () => (await status('/readiness')) === 200);
    expect(await status('/metrics')).toBe(200);
    await worker.stop();
    await expect(status('/health')).rejects.toThrow();
  });
});

describe('a Redis that hangs', () => {
  it('makes it unready until it answers again, alive all the time', async () => {
    const on = await setUp();
    const { hostname: host, port } = new URL(testRedisUrl());
    const redis = await startProxy({ target: { host, port: Number(port) } });
    const worker = await on.startWorker({}, { REDIS_URL: `redis://127.0.0.1:${redis.port}` });
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${worker.port}${path}`)).status;
    expect(await status('/readiness')).toBe(200);
    redis.stall();
    expect([await status('/readiness'), await status('/health')]).toEqual([503, 200]);
    redis.resume();
    await eventually(async () => (await status('/readiness')) === 200);
    await worker.stop();
    await redis.stop();
  });
});

describe('a Redis that lost its data', () => {
  const dirs: string[] = [];
  const redis = (port?: number): Promise<RedisServer> => {
    const dir = mkdtempSync(join(tmpdir(), 'storm-redis-'));
    dirs.push(dir);
    return startRedis({ dir, ...(port === undefined ? {} : { port }) });
  };
  let server: RedisServer;
  beforeEach(async () => void (server = await redis()));
  afterEach(async () => {
    await rig?.stop();
    rig = undefined;
    await server.stop();
    for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
  });

  const concurrency = (on: Rig) => on.redis.hget(`${on.names.shardPrefix(0)}:${changesQueue}:meta`, 'concurrency');
  const announced = (on: Rig) =>
    eventually(async () => (await on.redis.hget(on.names.meta, 'shards')) === '1' && (await concurrency(on)) === '1');

  it.each([
    ['while its connections held', (on: Rig) => on.redis.flushall()],
    [
      'in a restart',
      async () => {
        const { port } = server;
        await server.crash();
        server = await redis(port);
      },
    ],
  ])('%s hears again what it must know, and all goes on', async (_, lose) => {
    const on = await setUp({ shards: 1, directRedisUrl: server.url });
    await on.startWorker();
    await announced(on);
    const ann = await on.user();
    const room = await on.channel(ann);
    await on.say(room, ann, 'before');
    await lose(on);
    await eventually(() => announced(on));
    await eventually(async () => (await on.say(room, ann, 'after')).status === 'persisted');
    const { messages } = await eventually(() => on.asker.ask({ kind: 'page', userId: ann, channelId: room, limit: 10 }));
    expect(messages[0]?.text).toBe('before');
    expect(messages.at(-1)?.text).toBe('after');
    const { epoch } = await on.store.meta.ensure({ shards: 1 });
    expect(await on.redis.hget(on.names.head(room, epoch), 'position')).toBe(String(messages.length));
  });
});
