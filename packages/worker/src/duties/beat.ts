import { beatAad, type Beat, type RedisNames } from '@storm/shared/contracts';
import { aadOf, type EventSealer, type Redis } from '@storm/shared/node';

interface Options {
  redis: Redis;
  names: RedisNames;
  sealer: EventSealer;
  epoch: string;
  now?: () => number;
}

const windowMs = 30_000;
/** Of one shard in one beat: about 40 bytes each. What is left out is found by its own traffic, or the next beats. */
const channelsMax = 2_000;
const membersMax = 1_000;

/** Publishes, per shard, the heads and memberships that moved lately: a gateway that lost an event sees that it is behind. */
export async function beat({ redis, names, sealer, epoch, now = Date.now }: Options): Promise<void> {
  const since = now() - windowMs;
  for (let shard = 0; shard < names.shards; shard++) {
    const [channelIds, moved] = await Promise.all([
      redis.zrange(names.moved(shard), '+inf', String(since), 'BYSCORE', 'REV', 'LIMIT', 0, channelsMax),
      redis.zrange(names.movedMembers(shard), '+inf', String(since), 'BYSCORE', 'REV', 'LIMIT', 0, membersMax),
    ]);
    if (channelIds.length === 0 && moved.length === 0) continue;
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
}
