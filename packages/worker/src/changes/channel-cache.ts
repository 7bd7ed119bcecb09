import { LRUCache } from 'lru-cache';
import type { ChannelState } from './channel-state.js';

/** Members known of a channel; past it the state is read anew rather than kept. */
const membersMax = 1_000;

/** The channels of one shard as this worker last saw them. One job at a time uses it, so that nothing in it races. */
export class ChannelCache {
  readonly #states: LRUCache<string, ChannelState>;

  constructor(capacity = 2_000) {
    this.#states = new LRUCache({ max: capacity });
  }

  get(channelId: string): ChannelState | undefined {
    const state = this.#states.get(channelId);
    if (state && state.members.size > membersMax) state.members.clear();
    return state;
  }

  set(state: ChannelState): void {
    this.#states.set(state.channelId, state);
  }

  drop(channelIds: Iterable<string>): void {
    for (const channelId of channelIds) this.#states.delete(channelId);
  }

  /** All of it: a write whose outcome is unknown, or a stop, makes every guess worthless. */
  clear(): void {
    this.#states.clear();
  }
}
