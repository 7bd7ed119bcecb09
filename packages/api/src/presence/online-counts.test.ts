import { testRedisUrl, uniqueNamespace } from '@storm/devstack/testing';
import { RedisNames } from '@storm/shared/contracts';
import { connectRedis, createLogger, redisReady, type Redis } from '@storm/shared/node';
import type { Store } from '@storm/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OnlineCounts } from './online-counts.js';

let redis: Redis;
beforeAll(async () => {
  redis = connectRedis(testRedisUrl(), 'producer', createLogger('test', 'silent'));
  await redisReady(redis);
});
afterAll(() => redis.disconnect());

/** Channels of so many members each, and how often a page of them was read. */
function someCounts(size: number) {
  const reads: string[] = [];
  const members: Store['memberships']['members'] = (channelId, { afterUserId, limit }) => {
    reads.push(channelId);
    const from = afterUserId === undefined ? 0 : Number(afterUserId.slice(1)) + 1;
    const found = Array.from({ length: Math.min(limit, size - from) }, (_, i) => ({ userId: `u${from + i}` }));
    return Promise.resolve(found as Awaited<ReturnType<Store['memberships']['members']>>);
  };
  const names = new RedisNames(uniqueNamespace(), 2);
  return { reads, counts: new OnlineCounts({ memberships: { members }, redis, names, now: () => 0 }) };
}

it('remembers the counts of 1,000 channels, and counts others anew', async () => {
  const { reads, counts } = someCounts(0);
  const ids = Array.from({ length: 10_000 }, (_, i) => `c${i}`);
  for (const id of ids) await counts.of(id, 1);
  reads.length = 0;
  for (const id of ids.slice(-1_000)) await counts.of(id, 1);
  expect(reads).toEqual([]);
  await counts.of('c0', 1);
  expect(reads).toEqual(['c0']);
});

it('reads a large channel by pages of 1,000, once for all who ask meanwhile', async () => {
  const { reads, counts } = someCounts(20_500);
  const asked = await Promise.all(Array.from({ length: 100 }, () => counts.of('c1', 1)));
  expect(new Set(asked)).toEqual(new Set([0]));
  expect(reads).toHaveLength(21);
});
