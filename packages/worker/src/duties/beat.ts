import { beatAad, type Beat, type RedisNames } from '@storm/shared/contracts';
import { aadOf, type EventSealer, type Redis } from '@storm/shared/node';

interface Options {
  redis: Redis;
  names: RedisNames;
  sealer: EventSealer;
  epoch: string;
  now?: () => number;
}

/** Six beats: any of them may be lost, too. */
const windowMs = 30_000;
/** Of one shard in one beat: about 40 bytes each. What is left out is found by its own traffic, or the next beats. */
const channelsMax = 2_000;
const membersMax = 1_000;

/**
 * Makes this worker's beat: it publishes, per shard, the heads and memberships that moved in the last 30 s, so that a gateway that
 * lost an event sees that it is behind. When the last beat of this worker is longer ago, as after a time without any worker, it
 * reaches back to that one; the first beat reaches back as far as what moved is kept.
 */
export function beats(options: Options): () => Promise<void> {
  const { names, now = Date.now } = options;
  let last = 0;
  return async () => {
    const at = now();
    const since = Math.min(at - windowMs, last);
    for (let shard = 0; shard < names.shards; shard++) await beat(shard, since, options);
    last = at;
  };
}

async function beat(shard: number, since: number, { redis, names, sealer, epoch }: Options): Promise<void> {
  const [channelIds, moved] = await Promise.all([
    redis.zrange(names.moved(shard), '+inf', String(since), 'BYSCORE', 'REV', 'LIMIT', 0, channelsMax),
    redis.zrange(names.movedMembers(shard), '+inf', String(since), 'BYSCORE', 'REV', 'LIMIT', 0, membersMax),
  ]);
  if (channelIds.length === 0 && moved.length === 0) return;
  const pipeline = redis.pipeline();
  for (const channelId of channelIds) pipeline.hmget(names.head(channelId, epoch), 'seq', 'position');
  const heads = ((await pipeline.exec()) ?? []).flatMap(([, reply], i): Beat['heads'] => {
    const [seq, position] = (reply ?? []) as (string | null)[];
    return seq ? [[channelIds[i] ?? '', Number(seq), Number(position)]] : [];
  });
  const members = moved.map((entry) => {
    const [userId = '', channelId = '', seq, active] = entry.split(' ');
    return { userId, channelId, seq: Number(seq), active: active === '1' };
  });
  const body = Buffer.from(JSON.stringify({ heads, members } satisfies Beat));
  await redis.publish(names.beat(shard), sealer.seal(body, aadOf(...beatAad(shard))));
}
