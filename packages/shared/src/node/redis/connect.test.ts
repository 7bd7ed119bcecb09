import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, startProxy, testRedisUrl, uniqueNamespace, type TcpProxy } from '@storm/devstack/testing';
import { createLogger } from '../log/logger.js';
import { connectRedis, redisReady, type Redis, type RedisRole } from './connect.js';

const lines: { level: number; msg: string }[] = [];
const log = createLogger('test', 'info', {
  write: (line: string) => void lines.push(JSON.parse(line) as { level: number; msg: string }),
});
let proxy: TcpProxy;
const open: Redis[] = [];

beforeEach(async () => {
  lines.length = 0;
  const { hostname: host, port } = new URL(testRedisUrl());
  proxy = await startProxy({ target: { host, port: Number(port) } });
});
afterEach(async () => {
  for (const redis of open.splice(0)) redis.disconnect();
  await proxy.stop();
});

async function connect(role: RedisRole): Promise<Redis> {
  const redis = connectRedis(`redis://127.0.0.1:${proxy.port}`, role, log);
  open.push(redis);
  await redisReady(redis);
  return redis;
}

async function msOf(work: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await expect(work).rejects.toThrow();
  return performance.now() - began;
}

describe('a producer', () => {
  it('fails in under a second when Redis hangs, and at once when it is gone', async () => {
    const redis = await connect('producer');
    proxy.stall();
    expect(await msOf(redis.ping())).toBeLessThan(1_000);
    await proxy.refuse();
    await eventually(() => redis.status !== 'ready');
    expect(await msOf(redis.ping())).toBeLessThan(100);
  });

  it('gives up a link that hangs, and is back on a new one', async () => {
    const redis = await connect('producer');
    proxy.stall();
    redis.ping().catch(() => undefined);
    await eventually(() => redis.status !== 'ready');
    proxy.resume();
    await eventually(async () => (await redis.ping()) === 'PONG');
  });

  it('does not send again what was under way when the link broke', async () => {
    const redis = await connect('producer');
    const key = `${uniqueNamespace()}:count`;
    await redis.set(key, 0, 'PX', 60_000);
    proxy.stall();
    const doubtful = redis.incr(key).catch(() => 'failed');
    proxy.cut();
    proxy.resume();
    expect(await doubtful).toBe('failed');
    await redisReady(redis);
    expect(await redis.get(key)).toBe('0');
    await redis.del(key);
  });
});

describe('a consumer', () => {
  it('waits for Redis to come back, and its commands with it', async () => {
    const redis = await connect('consumer');
    await proxy.refuse();
    await eventually(() => redis.status !== 'ready');
    const answer = redis.ping();
    await proxy.accept();
    expect(await answer).toBe('PONG');
  });
});

describe('a subscriber', () => {
  it('notices a link on which nothing comes any more, and is back on a new one', async () => {
    const redis = await connect('subscriber');
    const channel = `${uniqueNamespace()}:events`;
    await redis.subscribe(channel);
    proxy.stall();
    await eventually(() => redis.status !== 'ready');
    proxy.resume();
    await redisReady(redis);
    expect(await redis.subscribe(channel)).toBe(1);
  });
});

it('logs an outage once, and its end', async () => {
  const redis = await connect('producer');
  await proxy.refuse();
  let errors = 0;
  redis.on('error', () => errors++);
  await eventually(() => errors >= 3);
  await proxy.accept();
  await redisReady(redis);
  expect(lines.map(({ msg }) => msg)).toEqual(['redis is away', 'redis is back']);
});
