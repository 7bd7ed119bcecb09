import { expect, it } from 'vitest';
import type { EditRow, TimelineRow } from '@storm/store';
import { idOf } from '../../tests/support/opened.js';
import { messageRow } from '../../tests/support/rows.js';
import { bellsOf, ringing } from './bells.js';

const [ann, bob, cem] = [idOf('u', 'ann'), idOf('u', 'bob'), idOf('u', 'cem')];
const [room, dm] = [idOf('c', 'room'), idOf('d', 'pair')];
const message = (channelId: string, mentions: string[]) => ({ ...messageRow(7, 3), channelId, senderId: ann, mentions });
const edit = (channelId: string, mentions: string[]): EditRow => {
  const { id: targetId, position: target, ...rest } = message(channelId, mentions);
  return { ...rest, kind: 'edit', seq: 9, target, targetId };
};
const facts = { partnerOf: (_: string, userId: string) => (userId === ann ? bob : ann), messageSeqOf: () => 7 };
const toldOf = (...rows: TimelineRow[]) => bellsOf(ringing(rows), facts);

it('ring for those who are mentioned, never for the sender', () => {
  expect(toldOf(message(room, [bob, ann, cem])).map(({ type, userId }) => [type, userId])).toEqual([
    ['mention', bob],
    ['mention', cem],
  ]);
  const [bell] = toldOf(message(room, [bob]));
  const { id: messageId, createdAt: at } = message(room, []);
  expect(bell).toEqual({ type: 'mention', userId: bob, channelId: room, messageId, seq: 7, position: 3, senderId: ann, at });
});

it('ring for the other one of a direct message, once, whomever it mentions, and not again when it is edited', () => {
  expect(toldOf(message(dm, [])).map(({ type, userId }) => [type, userId])).toEqual([['dm', bob]]);
  expect(toldOf(message(dm, [bob, ann]), edit(dm, [bob])).map(({ type, userId }) => [type, userId])).toEqual([['dm', bob]]);
});

it('of an edit ring under its message, or not at all where that is not known', () => {
  expect(toldOf(edit(room, [bob]))).toMatchObject([{ userId: bob, seq: 7, position: 3 }]);
  expect(bellsOf(ringing([edit(room, [bob])]), { ...facts, messageSeqOf: () => undefined })).toEqual([]);
});

it('do not ring for what mentions nobody', () => {
  expect(ringing([message(room, []), edit(room, [])])).toEqual([]);
});
