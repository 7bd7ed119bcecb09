import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startRedis, type RedisServer } from '@storm/devstack';
import { eventually } from '@storm/devstack/testing';
import { createLogger } from '../log/logger.js';
import { checkRedisPolicy, infoField, UnsafeRedis } from './check-policy.js';
import { connectRedis, redisReady, type Redis } from './connect.js';

const dir = mkdtempSync(join(tmpdir(), 'storm-policy-'));
const warnings: string[] = [];
const log = createLogger('test', 'warn', {
  write: (line: string) => void warnings.push((JSON.parse(line) as { msg: string }).msg),
});
let server: RedisServer;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis({ dir });
  redis = connectRedis(server.url, 'producer', log);
  await redisReady(redis);
});
beforeEach(async () => {
  await redis.config('SET', 'maxmemory-policy', 'noeviction', 'appendonly', 'yes', 'maxmemory', '64mb');
  warnings.length = 0;
});
afterAll(async () => {
  // Redis does not end while it writes its first AOF.
  await eventually(async () => infoField(await redis.info('persistence'), 'aof_rewrite_in_progress') === '0');
  redis.disconnect();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

it('is content with AOF, a limit, and nothing evicted', async () => {
  await checkRedisPolicy(redis, log);
  expect(warnings).toEqual([]);
});

it.each(['allkeys-lru', 'volatile-lru', 'allkeys-random', 'volatile-ttl'])(
  'refuses %s: it may evict the queue',
  async (policy) => {
    await redis.config('SET', 'maxmemory-policy', policy);
    const checking = checkRedisPolicy(redis, log);
    await expect(checking).rejects.toThrow(UnsafeRedis);
    await expect(checking).rejects.toThrow(`maxmemory-policy ${policy}: it must be noeviction`);
  },
);

it('warns of a Redis without AOF, loudly', async () => {
  await redis.config('SET', 'appendonly', 'no');
  await checkRedisPolicy(redis, log);
  expect(warnings).toEqual([expect.stringContaining('NO AOF')]);
});

it('warns of a Redis without a memory limit', async () => {
  await redis.config('SET', 'maxmemory', '0');
  await checkRedisPolicy(redis, log);
  expect(warnings).toEqual([expect.stringContaining('no maxmemory')]);
});

it('reads a field of INFO by its whole name', () => {
  const info = '# Memory\r\nused_memory_rss:7\r\nused_memory:5\r\nempty:\r\n';
  expect(infoField(info, 'used_memory')).toBe('5');
  expect(infoField(info, 'empty')).toBe('');
  expect(infoField(info, 'memory')).toBeUndefined();
});
