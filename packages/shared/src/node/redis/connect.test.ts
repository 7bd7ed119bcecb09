import { describe, expect, it, type TestContext } from 'vitest';
import { eventually, startProxy, testRedisUrl, uniqueNamespace } from '@storm/devstack/testing';
import { createLogger } from '../log/logger.js';
import { connectRedis, redisReady, type RedisRole } from './connect.js';

/** A ready connection through a proxy of its own, and the messages that it logs. */
async function connect(role: RedisRole, { onTestFinished }: TestContext) {
  const { hostname: host, port } = new URL(testRedisUrl());
  const proxy = await startProxy({ target: { host, port: Number(port) } });
  const messages: string[] = [];
  const log = createLogger('test', 'info', {
    write: (line: string) => void messages.push((JSON.parse(line) as { msg: string }).msg),
  });
  const redis = connectRedis(`redis://127.0.0.1:${proxy.port}`, role, log);
  onTestFinished(() => {
    redis.disconnect();
    return proxy.stop();
  });
  await redisReady(redis);
  return { redis, proxy, messages };
}

async function msOf(work: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await expect(work).rejects.toThrow();
  return performance.now() - began;
}

// Most of each is waiting for a timeout.
describe.concurrent('a producer', () => {
  it('fails in under a second when Redis hangs, and at once when it is gone', async (context) => {
    const { redis, proxy } = await connect('producer', context);
    proxy.stall();
    expect(await msOf(redis.ping())).toBeLessThan(1_000);
    await proxy.refuse();
    await eventually(() => redis.status !== 'ready');
    expect(await msOf(redis.ping())).toBeLessThan(500);
  });

  it('gives up a link that hangs, and is back on a new one', async (context) => {
    const { redis, proxy } = await connect('producer', context);
    proxy.stall();
    redis.ping().catch(() => undefined);
    await eventually(() => redis.status !== 'ready');
    proxy.resume();
    await eventually(async () => (await redis.ping()) === 'PONG');
  });

  it('does not send again what was under way when the link broke', async (context) => {
    const { redis, proxy } = await connect('producer', context);
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

  it('logs an outage once, and its end', async (context) => {
    const { redis, proxy, messages } = await connect('producer', context);
    await proxy.refuse();
    let errors = 0;
    redis.on('error', () => errors++);
    await eventually(() => errors >= 3);
    await proxy.accept();
    await redisReady(redis);
    expect(messages).toEqual(['redis is away', 'redis is back']);
  });
});

describe.concurrent('a consumer', () => {
  it('waits for Redis to come back, and its commands with it', async (context) => {
    const { redis, proxy } = await connect('consumer', context);
    await proxy.refuse();
    await eventually(() => redis.status !== 'ready');
    const answer = redis.ping();
    await proxy.accept();
    expect(await answer).toBe('PONG');
  });
});

describe.concurrent('a subscriber', () => {
  it('notices a link on which nothing comes any more, and is back on a new one', async (context) => {
    const { redis, proxy } = await connect('subscriber', context);
    const channel = `${uniqueNamespace()}:events`;
    await redis.subscribe(channel);
    proxy.stall();
    await eventually(() => redis.status !== 'ready');
    proxy.resume();
    await redisReady(redis);
    expect(await redis.subscribe(channel)).toBe(1);
  });
});
