import { expect, it } from 'vitest';
import { followMessages, type ChannelState } from './channel-state.js';

const state = (): ChannelState => ({ channelId: 'c', seq: 10, position: 6, settings: null, members: new Map(), fresh: true });

it('follows another worker over messages, and no longer takes the state for fresh', () => {
  const followed = state();
  expect(followMessages(followed, { seq: 13, position: 9 })).toBe(true);
  expect(followed).toMatchObject({ seq: 13, position: 9, fresh: false });
});

it('does not follow over anything else: members or settings may have changed', () => {
  const left = state();
  expect(followMessages(left, { seq: 13, position: 8 })).toBe(false);
  expect(left).toEqual(state());
});
