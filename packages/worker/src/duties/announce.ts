import type { RedisNames } from '@storm/shared/contracts';
import type { Redis } from '@storm/shared/node';
import type { Meta } from '@storm/store';
import type { ShardConsumer } from '../queue/shard-consumer.js';

/**
 * What Redis must know and forgets with its data: the database's epoch and shard count, and the limit of each queue. Said at
 * start, after every reconnect and with every beat.
 */
export async function announce(
  redis: Redis,
  names: RedisNames,
  { epoch, shards }: Meta,
  consumers: readonly ShardConsumer[],
): Promise<void> {
  await redis.hset(names.meta, { epoch, shards });
  await Promise.all(consumers.map((consumer) => consumer.limitConcurrency()));
}
