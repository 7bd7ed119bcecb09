import { randomUUID } from 'node:crypto';
import { testRedisUrl, uniqueNamespace } from '@storm/devstack/testing';
import { RedisNames } from '@storm/shared/contracts';
import { connectRedis, createLogger, redisReady, type Redis } from '@storm/shared/node';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { freeAttemptsOfStrangers, LoginSlowDown, waitAfter } from './login-slow-down.js';

const names = new RedisNames(uniqueNamespace(), 1);
const log = createLogger('test', 'silent');
let redis: Redis;
let slowDown: LoginSlowDown;
let account: string;

beforeAll(async () => {
  redis = connectRedis(testRedisUrl(), 'producer', log);
  await redisReady(redis);
  slowDown = new LoginSlowDown({ redis, names });
});
beforeEach(() => void (account = randomUUID()));
afterAll(async () => {
  const keys = await redis.keys(`${names.namespace}:*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
});

const refused = { code: 'RATE_LIMIT_EXCEEDED' };
const fail = async (times: number, address: string) => {
  for (let i = 0; i < times; i++) await slowDown.attempt(account, address);
};
/** As if the waits of everybody were over. */
const waitIsOver = async () => {
  const keys = await redis.keys(`${names.limits}:login-waits:*`);
  if (keys.length > 0) await redis.del(...keys);
};

it('makes an address wait from the fifth attempt at an account on, each time twice as long, a quarter of an hour at most', async () => {
  expect([1, 4, 5, 6, 7, 14, 15, 99].map(waitAfter)).toEqual([0, 0, 1, 2, 4, 512, 900, 900]);
  await fail(5, '192.0.2.1');
  for (const seconds of [1, 2, 4, 8]) {
    const error: unknown = await slowDown.attempt(account, '192.0.2.1').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(refused);
    const { retryAfterMs } = error as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan((seconds - 1) * 1_000);
    expect(retryAfterMs).toBeLessThanOrEqual(seconds * 1_000);
    await waitIsOver();
    await fail(1, '192.0.2.1');
  }
});

it('lets another address try meanwhile, and the same one at another account', async () => {
  await fail(5, '192.0.2.1');
  await expect(slowDown.attempt(account, '192.0.2.1')).rejects.toMatchObject(refused);
  await slowDown.attempt(account, '192.0.2.2');
  await slowDown.attempt(randomUUID(), '192.0.2.1');
});

it('takes neither another case of letters for another account nor another address of an IPv6 network for another place', async () => {
  for (let i = 0; i < 5; i++) await slowDown.attempt(i % 2 ? account.toUpperCase() : account, `2001:db8::${i + 1}`);
  await expect(slowDown.attempt(account, '2001:db8::ffff')).rejects.toMatchObject(refused);
  await slowDown.attempt(account, '2001:db8:0:1::1');
});

it('lets five of a hundred attempts through that come at once', async () => {
  const all = await Promise.allSettled(Array.from({ length: 100 }, () => slowDown.attempt(account, '192.0.2.1')));
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
});

it('forgets the attempts of who gets in', async () => {
  for (let i = 0; i < 3; i++) {
    await fail(4, '192.0.2.1');
    const succeeded = await slowDown.attempt(account, '192.0.2.1');
    await succeeded();
  }
});

it('gives all strangers together one pace when they are many, and never holds up an address that got in before', async () => {
  const succeeded = await slowDown.attempt(account, '198.51.100.7');
  await succeeded();
  const strangers = Array.from({ length: freeAttemptsOfStrangers + 20 }, (_, i) => slowDown.attempt(account, `203.0.113.${i}`));
  const all = await Promise.allSettled(strangers);
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(freeAttemptsOfStrangers + 1);
  await expect(slowDown.attempt(account, '203.0.113.250')).rejects.toMatchObject(refused);
  await slowDown.attempt(account, '198.51.100.7');
  await waitIsOver();
  await slowDown.attempt(account, '203.0.113.250'); // slower, not locked out
});

it('tells Redis no account and no address, and leaves nothing there for ever', async () => {
  const succeeded = await slowDown.attempt('ann@example.org', '192.0.2.77');
  await fail(6, '192.0.2.1').catch(() => undefined);
  await succeeded();
  const keys = await redis.keys(`${names.namespace}:*`);
  expect(keys.length).toBeGreaterThan(3);
  expect(keys.join()).not.toMatch(/ann@|192\.0\.2\./);
  for (const key of keys) expect(await redis.pttl(key), key).toBeGreaterThan(0);
});

it('refuses without Redis: it must not be a way round', async () => {
  const away = connectRedis('redis://127.0.0.1:1', 'producer', log);
  const alone = new LoginSlowDown({ redis: away, names });
  await expect(alone.attempt(account, '192.0.2.1')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  away.disconnect();
});
