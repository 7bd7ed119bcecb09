import { expect, it } from 'vitest';
import { idOf } from '../../tests/support/opened.js';
import { deleteRow, editRow, messageRow, reactionRow, systemRow } from '../../tests/support/rows.js';
import { targetsOf } from './targets.js';

const channelId = idOf('c', 'room');
const [ann, bob] = [idOf('u', 'ann'), idOf('u', 'bob')];
const at = (seq: number) => new Date(1_700_000_000_000 + seq);
const of = (...rows: Parameters<typeof targetsOf>[0]) => targetsOf(rows);

it('has nothing to do for messages, and brings those up to date that other rows name', () => {
  const { ciphertext, iv, tag, mentions } = editRow(2, 1);
  expect(of(messageRow(1, 1), editRow(2, 1), reactionRow(3, 1), deleteRow(4, 1))).toEqual({
    messages: [
      { channelId, target: 1, seq: 2, edited: { ciphertext, iv, tag, mentions, textKey: 1, editedAt: at(2) } },
      { channelId, target: 1, seq: 3, reactions: { '👍': 1 } },
      { channelId, target: 1, seq: 4, deletedAt: at(4) },
    ],
    reactions: [{ channelId, position: 1, userId: ann, emoji: '👍', seq: 3, isActive: true }],
    channels: [],
    memberships: [],
  });
});

it('leaves out an edit whose message was deleted since', () => {
  expect(of(editRow(2, 1, { ciphertext: null, iv: null, tag: null })).messages).toEqual([]);
});

it('makes a channel and its first members of its first row', () => {
  const members = [ann, bob].map((userId) => ({ userId, role: 'owner' as const }));
  const created = systemRow(1, { kind: 'created', type: 'dm', name: null, description: null, memberCount: 2, members });
  const { channels, memberships } = of(created);
  expect(channels).toEqual([
    {
      channelId,
      seq: 1,
      insert: {
        type: 'dm',
        name: null,
        description: null,
        createdBy: ann,
        memberCount: 2,
        isArchived: false,
        erasedAt: null,
        createdAt: at(1),
      },
    },
  ]);
  expect(memberships).toEqual(
    [ann, bob].map((userId) => ({ channelId, userId, seq: 1, joined: { role: 'owner', at: at(1), position: 0 } })),
  );
});

it.each([
  [
    'joined',
    { userId: bob, role: 'moderator', memberCount: 3, position: 8 },
    { memberCount: 3 },
    { userId: bob, joined: { role: 'moderator', at: at(5), position: 8 } },
  ],
  ['left', { userId: bob, memberCount: 1 }, { memberCount: 1 }, { userId: bob, left: at(5) }],
  ['role', { userId: bob, role: 'owner' }, undefined, { userId: bob, role: 'owner' }],
  ['renamed', { name: 'New', description: null }, { name: 'New', description: null }, undefined],
  ['archived', {}, { isArchived: true }, undefined],
  ['erased', {}, { erasedAt: at(5) }, undefined],
] as const)('sets the state after of a row that says %s', (kind, system, set, membership) => {
  const targets = of(systemRow(5, { kind, ...system }));
  expect(targets.channels).toEqual(set ? [{ channelId, seq: 5, set }] : []);
  expect(targets.memberships).toEqual(membership ? [{ channelId, seq: 5, ...membership }] : []);
});
