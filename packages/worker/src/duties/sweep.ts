import type { RedisNames } from '@storm/shared/contracts';
import type { Redis } from '@storm/shared/node';
import type { Store } from '@storm/store';
import type { FollowUps } from '../changes/follow-ups.js';
import { takeUp } from '../changes/take-up.js';
import type { ShardConsumer } from '../queue/shard-consumer.js';

interface Options {
  redis: Redis;
  names: RedisNames;
  store: Store;
  followUps: FollowUps;
  consumers: readonly ShardConsumer[];
  now?: () => number;
}

/** Long enough for its own writer to have done it, and for `heads` to be noted. */
const settledMs = 5_000;
const keptMs = 5 * 60_000;
const channelsMax = 2_000;

/**
 * Takes up rows whose every writer died before the follow-ups: of the channels that moved in the last minutes, those with
 * rows above `heads` that have been there for a while. Puts failed jobs back, too: none should be, and none is lost.
 */
export async function sweep({ redis, names, store, followUps, consumers, now = Date.now }: Options): Promise<void> {
  for (let shard = 0; shard < names.shards; shard++) {
    const key = names.moved(shard);
    await redis.zremrangebyscore(key, 0, now() - keptMs);
    await redis.zremrangebyscore(names.movedMembers(shard), 0, now() - keptMs);
    const channelIds = await redis.zrange(key, 0, String(now() - settledMs), 'BYSCORE', 'LIMIT', 0, channelsMax);
    const heads = await store.heads.read(channelIds);
    const noted = channelIds.map((channelId) => ({ channelId, ...(heads.get(channelId) ?? { seq: 0, position: 0 }) }));
    for (const { channelId } of await store.timeline.endsAbove(noted)) {
      const [row] = await store.timeline.rowsAbove(channelId, heads.get(channelId)?.seq ?? 0, 1);
      if (!row || now() - row.createdAt.getTime() <= settledMs) continue;
      await redis.zadd(key, now(), channelId); // it moves now: what is published may be lost, and the beat must say so
      await takeUp([channelId], store, followUps);
    }
  }
  for (const { queue } of consumers) await queue.retryJobs({ state: 'failed', count: 100 });
}
