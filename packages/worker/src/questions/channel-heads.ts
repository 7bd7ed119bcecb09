import type { RedisNames } from '@storm/shared/contracts';
import type { Redis } from '@storm/shared/node';
import type { Store } from '@storm/store';
import type { End } from '../changes/channel-state.js';

interface Options {
  redis: Redis;
  names: RedisNames;
  store: Store;
  epoch: string;
}

/**
 * How far channels are: as Redis has it (moved before any verdict is sent, so that who was answered finds the answer), and
 * where it has nothing, as MongoDB has it.
 */
export class ChannelHeads {
  constructor(private readonly options: Options) {}

  async of(channelIds: readonly string[]): Promise<Map<string, End>> {
    const { redis, names, epoch } = this.options;
    const heads = new Map<string, End>();
    if (channelIds.length === 0) return heads;
    const pipeline = redis.pipeline();
    for (const channelId of channelIds) pipeline.hmget(names.head(channelId, epoch), 'seq', 'position');
    for (const [i, [error, reply]] of ((await pipeline.exec()) ?? []).entries()) {
      if (error) throw error;
      const [seq, position] = reply as [string | null, string | null];
      const channelId = channelIds[i];
      if (channelId !== undefined && seq !== null) heads.set(channelId, { seq: Number(seq), position: Number(position) });
    }
    const missing = channelIds.filter((channelId) => !heads.has(channelId));
    for (const [channelId, end] of await this.#stored(missing)) heads.set(channelId, end);
    return heads;
  }

  /** `heads`, and what lies above it: little, as a channel whose key is gone has been quiet for days. */
  async #stored(channelIds: readonly string[]): Promise<Map<string, End>> {
    if (channelIds.length === 0) return new Map();
    const { store } = this.options;
    const heads = await store.heads.read(channelIds);
    let some = channelIds.map((channelId) => ({ channelId, ...(heads.get(channelId) ?? { seq: 0, position: 0 }) }));
    while (some.length > 0) {
      for (const { channelId, seq, position } of some) heads.set(channelId, { seq, position });
      some = await store.timeline.endsAbove(some);
    }
    return heads;
  }
}
