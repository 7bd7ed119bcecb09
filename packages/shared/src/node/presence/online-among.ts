import type { RedisNames } from '../../contracts/index.js';
import type { Redis } from '../redis/connect.js';

/** Which of these users are seen online: a command for each shard of theirs, in one round trip. Rejects when Redis does not answer. */
export async function onlineAmong(
  userIds: readonly string[],
  { redis, names }: { redis: Redis; names: RedisNames },
): Promise<Set<string>> {
  const byShard = new Map<number, string[]>();
  for (const userId of userIds) {
    const shard = names.shardOf(userId);
    const ids = byShard.get(shard);
    if (ids) ids.push(userId);
    else byShard.set(shard, [userId]);
  }
  const groups = [...byShard];
  const pipeline = redis.pipeline();
  for (const [shard, ids] of groups) pipeline.smismember(names.presenceShard(shard).online, ...ids);
  const replies = groups.length > 0 ? ((await pipeline.exec()) ?? []) : [];
  const online = new Set<string>();
  groups.forEach(([, ids], i) => {
    const [error, reply] = replies[i] ?? [new Error('no reply')];
    if (error) throw error;
    ids.forEach((userId, at) => {
      if (Number((reply as unknown[])[at]) === 1) online.add(userId);
    });
  });
  return online;
}
