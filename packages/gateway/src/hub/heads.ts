import type { RedisNames } from '@storm/shared/contracts';
import type { Redis } from '@storm/shared/node';

/** How far a channel is: its last change and its last message. */
export interface Head {
  seq: number;
  position: number;
}

/** The head keys of channels, in one pipeline; a channel without one (expired, or new) is left out. */
export async function readHeads(
  channelIds: readonly string[],
  { redis, names, epoch }: { redis: Redis; names: RedisNames; epoch: string },
): Promise<Map<string, Head>> {
  const heads = new Map<string, Head>();
  if (channelIds.length === 0) return heads;
  const pipeline = redis.pipeline();
  for (const id of channelIds) pipeline.hmget(names.head(id, epoch), 'seq', 'position');
  const replies = (await pipeline.exec()) ?? [];
  channelIds.forEach((id, i) => {
    const [error, reply] = replies[i] ?? [];
    if (error) throw error;
    const [seq, position] = (reply ?? []) as (string | null)[];
    if (seq) heads.set(id, { seq: Number(seq), position: Number(position ?? 0) });
  });
  return heads;
}
