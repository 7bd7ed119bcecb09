import type { Head } from '@storm/store';
import type { Context } from '../context.js';

type Needs = Pick<Context, 'redis' | 'names' | 'vitals' | 'store'>;

/** How far channels are: from Redis, which has the published head, and from MongoDB where Redis has none. Missing ones are at 0. */
export async function readHeads(
  channelIds: readonly string[],
  { redis, names, vitals, store }: Needs,
): Promise<(channelId: string) => Head> {
  const epoch = vitals.reading?.epoch;
  const heads = epoch === undefined ? new Map<string, Head>() : await fromRedis(channelIds, { epoch, redis, names });
  const missing = channelIds.filter((id) => !heads.has(id));
  const stored = missing.length > 0 ? await store.heads.read(missing) : new Map<string, Head>();
  return (channelId) => heads.get(channelId) ?? stored.get(channelId) ?? { seq: 0, position: 0 };
}

/** Those that are there; none when Redis does not answer. */
async function fromRedis(
  channelIds: readonly string[],
  { epoch, redis, names }: { epoch: string } & Pick<Needs, 'redis' | 'names'>,
): Promise<Map<string, Head>> {
  const heads = new Map<string, Head>();
  if (channelIds.length === 0) return heads;
  const pipeline = redis.pipeline();
  for (const id of channelIds) pipeline.hmget(names.head(id, epoch), 'seq', 'position');
  const replies = await pipeline.exec().catch(() => null);
  channelIds.forEach((id, i) => {
    const [seq, position] = (replies?.[i]?.[1] ?? []) as (string | null)[];
    if (seq && position) heads.set(id, { seq: Number(seq), position: Number(position) });
  });
  return heads;
}
