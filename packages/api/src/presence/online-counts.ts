import type { RedisNames } from '@storm/shared/contracts';
import { onlineAmong, type Redis } from '@storm/shared/node';
import type { Store } from '@storm/store';
import { LRUCache } from 'lru-cache';

interface Options {
  memberships: Pick<Store['memberships'], 'members'>;
  redis: Redis;
  names: RedisNames;
  now: () => number;
}

const membersAtOnce = 1_000;
/** A count is believed for so long, in milliseconds, and for so many times as long as it took to make. */
const believedMs = 5_000;
const believedTimes = 20;
const channelsMax = 1_000;

/** How many members of a channel are seen online: counted over all of them when somebody asks, and remembered for a few seconds. */
export class OnlineCounts {
  readonly #counts = new LRUCache<string, { count: Promise<number>; until: number }>({ max: channelsMax });

  constructor(private readonly options: Options) {}

  /** `memberCount`: about how many members there are. Rejects when MongoDB or Redis does not answer. Those who ask while it is being counted wait for one count. */
  of(channelId: string, memberCount: number): Promise<number> {
    const { now } = this.options;
    const known = this.#counts.get(channelId);
    if (known && now() < known.until) return known.count;
    const began = now();
    const counted = { count: this.#count(channelId, memberCount), until: Infinity };
    this.#counts.set(channelId, counted);
    counted.count.then(
      () => (counted.until = now() + Math.max(believedMs, believedTimes * (now() - began))),
      () => this.#counts.delete(channelId),
    );
    return counted.count;
  }

  async #count(channelId: string, memberCount: number): Promise<number> {
    const { memberships } = this.options;
    let online = 0;
    for (let after: string | undefined; ;) {
      const beyond = after === undefined ? {} : { afterUserId: after };
      const found = await memberships.members(channelId, { ...beyond, limit: membersAtOnce, memberCount });
      const ids = found.map(({ userId }) => userId);
      online += (await onlineAmong(ids, this.options)).size;
      if (ids.length < membersAtOnce) return online;
      after = ids.at(-1);
    }
  }
}
