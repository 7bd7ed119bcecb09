import { randomUUID } from 'node:crypto';
import { channelIdOf, messageIdOf } from '@storm/shared/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf, idOf, message, opened, stateOf } from '../../tests/support/opened.js';
import { assign } from './assign.js';
import type { OpenedChange } from './opened-change.js';

const now = new Date(1_700_000_000_000);
const [ann, bob, cat] = ['ann', 'bob', 'cat'].map((name) => idOf('u', name)) as [string, string, string];
const members = { [ann]: 'owner' as const };
const plan = (changes: OpenedChange[], states = [stateOf({ members })], facts = factsOf()) =>
  assign(changes, new Map(states.map((state) => [state.channelId, state])), facts, { now, editWindowMs: 1_000 });
const oldMessage = (id: string) => ({
  id,
  position: 2,
  senderId: ann,
  threadId: null,
  createdAt: now,
  deletedAt: null,
  reactions: { '👍': 1 },
});
const messageIn = ({ channelId, senderId, changeId }: OpenedChange) => messageIdOf(channelId, senderId, changeId);

it('numbers rows of a channel on from its head, messages by position too', () => {
  const other = idOf('c', 'other');
  const states = [stateOf({ members }), stateOf({ members, channelId: other, seq: 0, position: 0 })];
  const { rows } = plan(
    [message('a'), message('b')].map((body) => opened(body)).concat(opened({ kind: 'rename', name: 'New' })),
    states,
  );
  expect(rows.map(({ row }) => [row.seq, row.kind === 'message' && row.position])).toEqual([
    [11, 6],
    [12, 7],
    [13, false],
  ]);
  expect(plan([opened(message(), { channelId: other })], states).rows[0]?.row).toMatchObject({ seq: 1, position: 1 });
});

describe('changes of one job build on each other', () => {
  it('from the creation of a channel to the deletion of its first message', () => {
    const changeId = randomUUID();
    const channelId = channelIdOf(ann, changeId);
    const create = opened({ kind: 'create', type: 'public', name: 'New', description: null }, { changeId, channelId });
    const send = opened(message(), { channelId });
    const reply = opened(message('re', messageIn(send)), { channelId });
    const wipe = opened({ kind: 'delete', id: messageIn(send) }, { channelId });
    const again = opened({ kind: 'delete', id: messageIn(send) }, { channelId });
    const { rows, outcomes } = plan(
      [create, send, reply, wipe, again],
      [stateOf({ channelId, settings: null, seq: 0, position: 0 })],
    );
    expect(rows.map(({ row }) => [row.kind, row.seq])).toEqual([
      ['system', 1],
      ['message', 2],
      ['message', 3],
      ['delete', 4],
    ]);
    expect(rows[3]?.row).toMatchObject({ target: 1, targetId: messageIn(send) });
    expect([...outcomes]).toEqual([[again, { status: 'duplicate' }]]);
  });

  it('from joining to leaving, and not beyond', () => {
    const by = { senderId: bob };
    const changes = [message(), { kind: 'join' } as const, message(), { kind: 'leave' } as const, message()].map((body) =>
      opened(body, by),
    );
    const { rows, outcomes, drafts } = plan(changes);
    expect(rows.map(({ change }) => changes.indexOf(change))).toEqual([1, 2, 3]);
    expect([...outcomes].map(([change, outcome]) => [changes.indexOf(change), 'code' in outcome && outcome.code])).toEqual([
      [0, 'FORBIDDEN'],
      [4, 'FORBIDDEN'],
    ]);
    expect(drafts[0]?.settings?.memberCount).toBe(1);
  });

  it('but what was deleted before stays so', () => {
    const id = idOf('m', 'old');
    const facts = factsOf({
      messages: new Map([[`${idOf('c', 'room')} ${id}`, oldMessage(id)]]),
    });
    const { rows, outcomes } = plan([opened({ kind: 'delete', id }), opened({ kind: 'delete', id })], undefined, facts);
    expect(rows).toHaveLength(1);
    expect([...outcomes.values()]).toEqual([{ status: 'duplicate' }]);
  });
});

it('counts reactions on from those of the same job', () => {
  const send = opened(message());
  const react = (senderId: string, emoji: string, added = true) =>
    opened({ kind: 'reaction', id: messageIn(send), emoji, added }, { senderId });
  const again = react(ann, '👍');
  const changes = [
    send,
    react(ann, '👍'),
    again,
    react(bob, '👍'),
    react(bob, '🎉'),
    react(ann, '👍', false),
    react(bob, '👍', false),
  ];
  const { rows, outcomes } = plan(changes, [stateOf({ members: { [ann]: 'owner', [bob]: 'member' } })]);
  expect(rows.flatMap(({ row }) => (row.kind === 'reaction' ? [row.reactions] : []))).toEqual([
    { '👍': 1 },
    { '👍': 2 },
    { '👍': 2, '🎉': 1 },
    { '👍': 1, '🎉': 1 },
    { '🎉': 1 },
  ]);
  expect([...outcomes]).toEqual([[again, { status: 'duplicate' }]]);
});

it('neither edits nor reacts to what the same job deleted', () => {
  const send = opened(message());
  const id = messageIn(send);
  const changes = [send, opened({ kind: 'edit', id, text: 'b' }), opened({ kind: 'delete', id })];
  const late = [opened({ kind: 'edit', id, text: 'c' }), opened({ kind: 'reaction', id, emoji: '👍', added: true })];
  const { rows, outcomes } = plan([...changes, ...late]);
  expect(rows.map(({ change }) => change)).toEqual(changes);
  expect([...outcomes.keys()]).toEqual(late);
});

describe('a state that is not fresh', () => {
  it('may allow, and refuses nothing: its channel is named as stale instead', () => {
    const other = idOf('c', 'other');
    const states = [stateOf({ members, fresh: false }), stateOf({ channelId: other })];
    const refusedThere = opened(message(), { channelId: other });
    const { rows, outcomes, stale } = plan([opened(message()), opened(message(), { senderId: bob }), refusedThere], states);
    expect(rows).toHaveLength(1);
    expect([...stale]).toEqual([idOf('c', 'room')]);
    expect([...outcomes.keys()]).toEqual([refusedThere]);
  });

  it('does not call anything a duplicate either', () => {
    expect([...plan([opened({ kind: 'join' })], [stateOf({ members, fresh: false })]).stale]).toEqual([idOf('c', 'room')]);
  });
});

it('changes states only once a draft is kept, and makes them a guess', () => {
  const state = stateOf({ members });
  const { drafts } = plan(
    [opened({ kind: 'join' }, { senderId: bob }), opened(message()), opened({ kind: 'rename', name: 'New' })],
    [state],
  );
  expect(state).toEqual(stateOf({ members }));
  drafts[0]?.keep();
  expect(state).toMatchObject({ seq: 13, position: 6, fresh: false, settings: { name: 'New', memberCount: 2 } });
  expect(state.members.get(bob)?.role).toBe('member');
});

it('refuses to decide about a channel that was not read', () => {
  expect(() => plan([opened(message())], [])).toThrow('not read');
});

it('leaves no hole and no double, whatever is asked', () => {
  const change = fc.record({
    senderId: fc.constantFrom(ann, bob, cat),
    channelId: fc.constantFrom(idOf('c', 'room'), idOf('c', 'other')),
    body: fc.constantFrom(
      message(),
      { kind: 'join' as const },
      { kind: 'leave' as const },
      { kind: 'remove' as const, userId: bob },
      { kind: 'archive' as const },
    ),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (list) => {
      const changes = list.map(({ body, ...fields }) => opened(body, fields));
      const states = [stateOf({ members }), stateOf({ members, channelId: idOf('c', 'other') })];
      const { rows, outcomes, drafts } = plan(changes, states);
      expect(rows.length + outcomes.size).toBe(changes.length);
      for (const draft of drafts) {
        const own = rows.filter((planned) => planned.change.channelId === draft.channelId).map(({ row }) => row);
        expect(own.map(({ seq }) => seq)).toEqual(own.map((_, i) => 11 + i));
        const positions = own.flatMap((row) => (row.kind === 'message' ? [row.position] : []));
        expect(positions).toEqual(positions.map((_, i) => 6 + i));
        expect([draft.seq, draft.position]).toEqual([10 + own.length, 5 + positions.length]);
      }
    }),
  );
});
