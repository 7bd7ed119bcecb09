import { eventually, testRedisUrl, uniqueNamespace } from '@storm/devstack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '../log/logger.js';
import { connectRedis, redisReady, type Redis } from '../redis/connect.js';
import { periodically } from './periodically.js';

const namespace = uniqueNamespace();
const log = createLogger('test', 'silent');
let redis: Redis;
beforeAll(async () => {
  redis = connectRedis(testRedisUrl(), 'producer', log);
  await redisReady(redis);
});
afterAll(async () => {
  const keys = await redis.keys(`${namespace}:*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
});

const duty = (name: string, work: () => Promise<void>, everyMs: number) =>
  periodically({ name, lease: `${namespace}:${name}`, everyMs, redis, log, work });

it('is done by one at a time, whatever the period is', async () => {
  const done = [0, 0, 0];
  const ends = done.map((_, i) => duty('shared', () => Promise.resolve(void (done[i] = (done[i] ?? 0) + 1)), 105));
  const began = performance.now();
  await eventually(() => done.reduce((sum, n) => sum + n, 0) >= 5);
  await Promise.all(ends.map((end) => end()));
  const rounds = (performance.now() - began) / (0.9 * 105);
  expect(done.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(rounds + 1);
});

it('goes on after a round that failed', async () => {
  let rounds = 0;
  const end = duty('failing', () => (++rounds, Promise.reject(new Error('away'))), 20);
  await eventually(() => rounds >= 2);
  await end();
});

it('never does two rounds at once, and ends when the one under way has', async () => {
  let [under, most, finish] = [0, 0, () => {}];
  const end = duty(
    'slow',
    async () => {
      most = Math.max(most, ++under);
      await new Promise<void>((resolve) => (finish = resolve));
      under--;
    },
    10,
  );
  await eventually(() => under === 1);
  await eventually(async () => (await redis.exists(`${namespace}:slow`)) === 0); // another round would be due
  let ended = false;
  const ending = end().then(() => (ended = true));
  await redis.ping();
  expect(ended).toBe(false);
  finish();
  await ending;
  expect([under, most]).toEqual([0, 1]);
});
