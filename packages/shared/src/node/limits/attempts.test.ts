import { testRedisUrl, uniqueNamespace } from '@storm/devstack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '../log/logger.js';
import { connectRedis, redisReady } from '../redis/connect.js';
import { Attempts } from './attempts.js';

const redis = connectRedis(testRedisUrl(), 'producer', createLogger('test', 'silent'));
const prefix = `${uniqueNamespace()}:try`;
const attempts = new Attempts({ redis, prefix, points: 3, seconds: 600 });
beforeAll(() => redisReady(redis));
afterAll(async () => {
  await redis.del(await redis.keys(`${prefix}*`));
  redis.disconnect();
});

it('lets so many through and no more, however many come at once; another key is another matter', async () => {
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => attempts.take('a')));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  await expect(attempts.take('a')).rejects.toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' });
  const error: unknown = await attempts.take('a').catch((reason: unknown) => reason);
  expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(500_000);
  await attempts.take('b');
});

it('does not count what was right', async () => {
  for (let i = 0; i < 10; i++) {
    await attempts.take('c');
    await attempts.giveBack('c');
  }
  for (let i = 0; i < 3; i++) await attempts.take('c');
  await expect(attempts.take('c')).rejects.toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' });
});

it('refuses when it can not count', async () => {
  const away = connectRedis('redis://127.0.0.1:1', 'producer', createLogger('test', 'silent'));
  const uncounted = new Attempts({ redis: away, prefix, points: 3, seconds: 600 });
  await expect(uncounted.take('d')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await uncounted.giveBack('d');
  away.disconnect();
});
