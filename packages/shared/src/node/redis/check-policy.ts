import type { Logger } from '../log/logger.js';
import type { Redis } from './connect.js';

/** The Redis could throw the queue away. */
export class UnsafeRedis extends Error {
  override name = 'UnsafeRedis';
}

/** Reads one field of an INFO answer. */
export const infoField = (info: string, name: string): string | undefined =>
  new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1];

/**
 * Refuses a Redis whose eviction policy could drop the queue (throws `UnsafeRedis`), and warns of one without AOF or
 * without a memory limit: there, `queued` is less than it says.
 */
export async function checkRedisPolicy(redis: Redis, log: Logger): Promise<void> {
  const [memory, persistence] = await Promise.all([redis.info('memory'), redis.info('persistence')]);
  const policy = infoField(memory, 'maxmemory_policy');
  if (policy !== 'noeviction')
    throw new UnsafeRedis(
      `Redis has maxmemory-policy ${policy ?? 'unknown'}: it must be noeviction, or queued messages may be evicted`,
    );
  if (infoField(persistence, 'aof_enabled') !== '1')
    log.warn('REDIS HAS NO AOF: a restart of Redis loses what is queued. Set appendonly yes.');
  if (infoField(memory, 'maxmemory') === '0') log.warn('Redis has no maxmemory: intake can refuse by queue depth and age only');
}
