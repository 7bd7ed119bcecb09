import type { RedisNames } from '../../contracts/index.js';
import type { OnlineStatus } from '../../protocol/index.js';
import type { Redis } from '../redis/connect.js';

/** What others see of a user. */
export interface SeenPresence {
  status: OnlineStatus | 'offline';
  /** Until when (ms) it was seen online; null while it is, or when Redis does not know. */
  seen: number | null;
  /** Grows with every change of one user. */
  version: number;
}

/** What is seen of users now, by user: one round trip. Rejects when Redis does not answer. */
export async function readPresences(
  userIds: readonly string[],
  { redis, names }: { redis: Redis; names: RedisNames },
): Promise<Map<string, SeenPresence>> {
  const found = new Map<string, SeenPresence>();
  if (userIds.length === 0) return found;
  const pipeline = redis.pipeline();
  for (const userId of userIds) pipeline.hmget(names.presence(userId).state, 'shown', 'seen', 'version');
  const replies = (await pipeline.exec()) ?? [];
  userIds.forEach((userId, i) => {
    const [error, reply] = replies[i] ?? [new Error('no reply')];
    if (error) throw error;
    const [shown, seen, version] = reply as [string | null, string | null, string | null];
    found.set(userId, seenPresence(shown ?? 'offline', seen ?? '', version ?? '0'));
  });
  return found;
}

/** A presence as Redis has it in words: its status, until when it was seen (empty: unknown), and its version. */
export function seenPresence(shown: string, seen: string, version: string): SeenPresence {
  const status = shown === 'online' || shown === 'away' || shown === 'dnd' ? shown : 'offline';
  return { status, seen: status === 'offline' && seen !== '' ? Number(seen) : null, version: Number(version) };
}
