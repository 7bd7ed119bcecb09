import { expect, it } from 'vitest';
import { ChannelCache } from './channel-cache.js';
import type { ChannelState } from './channel-state.js';

const state = (channelId: string): ChannelState => {
  return { channelId, seq: 1, position: 1, settings: null, members: new Map(), fresh: false };
};

it('keeps so many channels, those that were used last', () => {
  const cache = new ChannelCache();
  const ids = Array.from({ length: 20_000 }, (_, i) => `c${i}`);
  for (const id of ids) {
    cache.set(state(id));
    cache.get('c0');
  }
  expect(ids.filter((id) => cache.get(id))).toEqual(['c0', ...ids.slice(-1_999)]);
});

it('keeps so many members of a channel, and reads them anew past it', () => {
  const cache = new ChannelCache();
  const large = state('c1');
  cache.set(large);
  let most = 0;
  for (let i = 0; i < 10_000; i++) {
    cache.get('c1')?.members.set(`u${i}`, null);
    most = Math.max(most, large.members.size);
  }
  expect(most).toBe(1_001);
});
