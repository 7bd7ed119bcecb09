import { randomUUID } from 'node:crypto';
import { startProxy, testRedisUrl, uniqueNamespace, type TcpProxy } from '@storm/devstack/testing';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RedisNames } from '../../contracts/index.js';
import { readEnv } from '../env/read-env.js';
import { limitsEnv } from '../env/sections.js';
import { createLogger } from '../log/logger.js';
import { connectRedis, redisReady, type Redis } from '../redis/connect.js';
import { RateLimits } from './rate-limits.js';

const names = new RedisNames(uniqueNamespace(), 1);
let proxy: TcpProxy;
let redis: Redis;

beforeAll(async () => {
  const { hostname: host, port } = new URL(testRedisUrl());
  proxy = await startProxy({ target: { host, port: Number(port) } });
  redis = connectRedis(`redis://${proxy.host}:${proxy.port}`, 'producer', createLogger('test', 'silent'));
  await redisReady(redis);
});
afterAll(async () => {
  await redisReady(redis);
  const keys = await redis.keys(`${names.namespace}:*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
  await proxy.stop();
});

function limitsWith(env: Record<string, string>) {
  const registry = new Registry();
  return { limits: new RateLimits({ env: readEnv(z.object(limitsEnv), env), redis, names, registry }), registry };
}
const someone = () => `u${randomUUID()}`;

describe('a limit', () => {
  it('is one for all processes, says how one stands, and is lifted when its window ends', async () => {
    const env = { LIMIT_SENDS_PER_MINUTE: '120', LIMIT_SENDS_BURST: '2' };
    const [one, other] = [limitsWith(env), limitsWith(env)];
    const ann = someone();
    const first = await one.limits.take('sends', ann);
    expect(first).toMatchObject({ rule: 'sends', points: 2, seconds: 1, remaining: 1, passed: true });
    expect(await other.limits.take('sends', ann)).toMatchObject({ remaining: 0, passed: true });
    for (const { limits } of [one, other]) {
      const refused = await limits.take('sends', ann);
      expect(refused).toMatchObject({ remaining: 0, passed: false });
      expect(refused?.resetMs).toBeGreaterThan(0);
      expect(refused?.resetMs).toBeLessThanOrEqual(1_000);
    }
    expect(await one.limits.take('sends', someone())).toMatchObject({ passed: true });
    expect(await one.registry.metrics()).toContain('storm_rate_limited_total{rule="sends"} 1');
    await expect.poll(async () => (await one.limits.take('sends', ann))?.passed, { timeout: 3_000 }).toBe(true);
  });

  it('asks Redis no more about who is over, and leaves keys that expire', async () => {
    const { limits } = limitsWith({ LIMIT_USER_PER_HOUR: '1' });
    const ann = someone();
    for (const passed of [true, false, false, false]) expect(await limits.take('user', ann)).toMatchObject({ passed });
    const key = `${names.limits}:user:${ann}`;
    expect(await redis.get(key)).toBe('1');
    const ttl = await redis.ttl(key);
    expect([ttl > 3_500, ttl <= 3_600]).toEqual([true, true]);
  });

  it('counts an IPv6 network as one, and not those who are let through', async () => {
    const { limits } = limitsWith({ LIMIT_LOGIN_PER_MINUTE: '2', LIMIT_ALLOWLIST: '10.0.0.0/8' });
    const remaining = async (address: string) => (await limits.take('login', address))?.remaining;
    expect(await remaining('2001:db8::1')).toBe(1);
    expect(await remaining('2001:db8::ffff:2')).toBe(0);
    expect(await remaining('2001:db8:0:1::1')).toBe(1);
    expect(await remaining('203.0.113.1')).toBe(1);
    expect(await remaining('::ffff:203.0.113.1')).toBe(0);
    for (let i = 0; i < 4; i++) expect(await limits.take('login', '::ffff:10.0.0.1')).toBeUndefined();
  });

  it('is none when all are lifted', async () => {
    const { limits } = limitsWith({ RATE_LIMITS: 'off', LIMIT_USER_PER_HOUR: '1' });
    const ann = someone();
    for (let i = 0; i < 3; i++) expect(await limits.take('user', ann)).toBeUndefined();
    expect(await redis.exists(`${names.limits}:user:${ann}`)).toBe(0);
  });
});

it.each(['refuses', 'hangs'])('without Redis (it %s) refuses at once what it guards, and counts the rest alone', async (how) => {
  const { limits } = limitsWith({ LIMIT_USER_PER_HOUR: '2', LIMIT_ANONYMOUS_PER_HOUR: '1' });
  if (how === 'hangs') proxy.stall();
  else await proxy.refuse();
  try {
    const began = performance.now();
    const guarded = (['login', 'register', 'tickets', 'sends'] as const).map((rule) => limits.take(rule, someone()));
    for (const taken of await Promise.allSettled(guarded))
      expect(taken).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE', retryAfterMs: 1_000 } });
    expect(performance.now() - began).toBeLessThan(1_000);
    const [ann, bob] = [someone(), someone()];
    const passed = await Promise.all([ann, ann, ann, bob].map(async (who) => (await limits.take('user', who))?.passed));
    expect(passed).toEqual([true, true, false, true]);
    expect(await limits.take('anonymous', '192.0.2.1')).toMatchObject({ passed: true });
    expect(await limits.take('anonymous', '192.0.2.1')).toMatchObject({ passed: false });
  } finally {
    proxy.resume();
    await proxy.accept();
    await redisReady(redis);
  }
});
