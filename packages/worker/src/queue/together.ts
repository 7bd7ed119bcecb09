import type { Redis } from '@storm/shared/node';

/**
 * A command for each item in one write and one round trip, their replies in the same order; throws the first error. A lone one
 * goes by itself: ioredis copies every script of the connection, BullMQ's seventy too, into each new pipeline.
 */
export async function together<T>(
  redis: Redis,
  items: readonly T[],
  command: (to: Pick<ReturnType<Redis['pipeline']>, 'hmget' | 'publish' | 'spublish'>, item: T) => unknown,
): Promise<unknown[]> {
  if (items.length === 0) return [];
  const [only] = items;
  if (only !== undefined && items.length === 1) return [await command(redis as never, only)];
  const pipeline = redis.pipeline();
  for (const item of items) command(pipeline, item);
  return ((await pipeline.exec()) ?? []).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
}
