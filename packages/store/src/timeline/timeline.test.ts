import { expect, it } from 'vitest';
import { deletion, edit, message, system } from '../../tests/support/rows.js';
import { useStore } from '../../tests/support/test-store.js';
import type { TimelineRow } from '../index.js';

const { timeline } = useStore();
let count = 0;
const newChannel = () => `c${++count}`;
const messages = (channelId: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => message({ channelId, seq: from + i }));

it('gives back rows of each kind as they were given', async () => {
  const channelId = newChannel();
  const full = message({
    channelId,
    seq: 2,
    position: 1,
    threadId: 'm1',
    mentions: ['ub', 'uc'],
    reactions: { '👍': 2 },
    editedAt: new Date(7),
    deletedAt: new Date(8),
  });
  const rows: TimelineRow[] = [
    system({
      channelId,
      seq: 1,
      system: {
        kind: 'created',
        type: 'public',
        name: 'n',
        description: null,
        memberCount: 1,
        members: [{ userId: 'ua', role: 'owner' }],
      },
    }),
    full,
    message({ channelId, seq: 3, position: 2, ciphertext: null, iv: null, tag: null }),
    deletion({ channelId, seq: 4 }),
  ];
  const before = structuredClone(rows);
  expect(await timeline.insertRows(rows)).toEqual({ inserted: 4, conflict: false });
  expect(structuredClone(rows)).toEqual(before);
  const stored = await timeline.rowsInRange(channelId, 0, 4);
  expect(stored).toEqual(rows);
  expect(
    stored.flatMap((row) => (row.kind === 'message' ? [row.ciphertext] : [])).filter((value) => Buffer.isBuffer(value)),
  ).toHaveLength(1);
});

it('leaves out what is undefined', async () => {
  const channelId = newChannel();
  const row = system({ channelId, seq: 1 });
  Object.assign(row.system, { name: undefined });
  await timeline.insertRows([row]);
  const [stored] = await timeline.rowsInRange(channelId, 0, 1);
  expect(stored?.kind === 'system' && 'name' in stored.system).toBe(false);
});

it.each([
  ['seq', (row: TimelineRow) => ({ seq: row.seq })],
  ['change', (row: TimelineRow) => ({ changeId: row.changeId })],
  ['position', (row: TimelineRow) => ({ position: row.seq })],
])('stores the rows before the first that meets an index: %s', async (_index, same) => {
  const channelId = newChannel();
  const [there] = messages(channelId, 100, 100);
  await timeline.insertRows([there!]);
  const rows = messages(channelId, 1, 5);
  Object.assign(rows[2]!, same(there!));
  expect(await timeline.insertRows(rows)).toEqual({ inserted: 2, conflict: true });
  expect((await timeline.rowsInRange(channelId, 0, 99)).map((row) => row.seq)).toEqual([1, 2]);
});

it('says that nothing was stored when the first row is there already', async () => {
  const rows = messages(newChannel(), 1, 3);
  await timeline.insertRows(rows);
  expect(await timeline.insertRows(rows)).toEqual({ inserted: 0, conflict: true });
  expect(await timeline.insertRows([])).toEqual({ inserted: 0, conflict: false });
});

it('gives each seq to one of many writers at once, without a hole', async () => {
  const channelId = newChannel();
  const writers = Array.from({ length: 8 }, (_, i) => messages(channelId, 1, 40).map((row) => ({ ...row, senderId: `u${i}` })));
  const results = await Promise.all(writers.map((rows) => timeline.insertRows(rows)));
  const stored = await timeline.rowsInRange(channelId, 0, 100);
  expect(stored.map((row) => row.seq)).toEqual(Array.from({ length: stored.length }, (_, i) => i + 1));
  expect(results.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(stored.length);
  for (const [i, { inserted, conflict }] of results.entries()) {
    expect(stored.filter((row) => row.senderId === `u${i}`)).toHaveLength(inserted);
    expect(conflict).toBe(inserted < 40);
  }
});

it('keeps the same change of two senders, or in two channels, apart', async () => {
  const one = message({ channelId: newChannel(), seq: 1 });
  const others = [
    message({ channelId: one.channelId, seq: 2, senderId: 'ub', changeId: one.changeId }),
    message({ channelId: newChannel(), seq: 1, changeId: one.changeId }),
  ];
  expect(await timeline.insertRows([one, ...others])).toEqual({ inserted: 3, conflict: false });
});

it('reads ranges with their first end excluded and their last included', async () => {
  const channelId = newChannel();
  await timeline.insertRows([
    system({ channelId, seq: 1 }),
    ...[2, 3, 4, 5].map((seq) => message({ channelId, seq, position: seq - 1 })),
  ]);
  const seqs = (rows: TimelineRow[]) => rows.map((row) => row.seq);
  expect(seqs(await timeline.rowsAbove(channelId, 1, 3))).toEqual([2, 3, 4]);
  expect(seqs(await timeline.rowsInRange(channelId, 0, 2))).toEqual([1, 2]);
  expect(seqs(await timeline.rowsInRange(channelId, 4, 4))).toEqual([]);
  expect(seqs(await timeline.messagesInRange(channelId, 1, 3))).toEqual([3, 4]);
  expect(seqs(await timeline.messagesInRange(channelId, 3, 1))).toEqual([]);
  expect(seqs(await timeline.messagesAt(channelId, [4, 1, 9])).sort()).toEqual([2, 5]);
});

it('says how far channels are beyond what is known, and nothing of those that are not', async () => {
  const [quiet, moved, settings, long] = [newChannel(), newChannel(), newChannel(), newChannel()];
  await timeline.insertRows(messages(quiet, 1, 2));
  await timeline.insertRows([...messages(moved, 1, 3), deletion({ channelId: moved, seq: 4 })]);
  await timeline.insertRows([...messages(settings, 1, 1), system({ channelId: settings, seq: 2 })]);
  await timeline.insertRows([...messages(long, 1, 1), message({ channelId: long, seq: 6_000 })]);
  const known = (channelId: string, end: number) => ({ channelId, seq: end, position: end });
  const others = Array.from({ length: 120 }, () => known(newChannel(), 0));
  const found = await timeline.endsAbove([known(quiet, 2), ...others, known(moved, 1), known(settings, 1), known(long, 0)]);
  expect(found.sort((a, b) => (a.channelId < b.channelId ? -1 : 1))).toEqual([
    { channelId: moved, seq: 4, position: 3 },
    { channelId: settings, seq: 2, position: 1 },
    { channelId: long, seq: 1, position: 1 },
  ]);
});

it('refuses a range that is too wide to hold', async () => {
  await expect(timeline.rowsAbove('c', 0, 5_001)).rejects.toThrow(RangeError);
  await expect(timeline.rowsInRange('c', 0, 5_001)).rejects.toThrow(RangeError);
  await expect(timeline.messagesInRange('c', 0, 5_001)).rejects.toThrow(RangeError);
});

it('finds messages by id, in their own channel only', async () => {
  const rows = messages(newChannel(), 1, 3);
  await timeline.insertRows(rows);
  const ids = [rows[0]!.id, rows[2]!.id, 'm-unknown'];
  const found = await timeline.messagesById(rows[0]!.channelId, ids);
  expect(found.map((row) => row.seq).sort()).toEqual([1, 3]);
  expect(await timeline.messagesById(newChannel(), ids)).toEqual([]);
});

it('finds the changes that are stored, among many, over channels and senders', async () => {
  const channels = [newChannel(), newChannel()];
  const rows = channels.flatMap((channelId) =>
    messages(channelId, 1, 150).map((row) => ({ ...row, senderId: `u${row.seq % 7}` })),
  );
  await timeline.insertRows(rows);
  const absent = rows.slice(0, 50).map((row) => ({ ...row, senderId: 'uz' }));
  const found = await timeline.storedChanges([...rows, ...absent]);
  expect(found).toHaveLength(300);
  expect(new Set(found.map((row) => `${row.channelId} ${row.changeId}`)).size).toBe(300);
  expect(await timeline.storedChanges([])).toEqual([]);
});

it('wipes the text of a deleted message and keeps its place', async () => {
  const row = message({ channelId: newChannel(), seq: 1, reactions: { '👍': 1 } });
  await timeline.insertRows([row, message({ channelId: row.channelId, seq: 2 })]);
  await timeline.apply([{ channelId: row.channelId, target: 1, seq: 3, deletedAt: new Date(9) }]);
  const [wiped, other] = await timeline.messagesInRange(row.channelId, 0, 2);
  expect(wiped).toEqual({ ...row, ciphertext: null, iv: null, tag: null, reactions: {}, deletedAt: new Date(9), version: 3 });
  expect(other?.ciphertext).not.toBeNull();
});

it('does not wipe what a later change has been at', async () => {
  const row = message({ channelId: newChannel(), seq: 1, version: 5 });
  await timeline.insertRows([row]);
  await timeline.apply([4, 5].map((seq) => ({ channelId: row.channelId, target: 1, seq, deletedAt: new Date(9) })));
  expect(await timeline.messagesAt(row.channelId, [1])).toEqual([row]);
  await timeline.apply([]);
});

it('gives a message the text of its last edit, once, and takes both away when it is deleted', async () => {
  const row = message({ channelId: newChannel(), seq: 1 });
  const { channelId } = row;
  const edits = [2, 3].map((seq) =>
    edit({ channelId, seq, ciphertext: Buffer.from(`text ${seq}`), keyVersion: seq, mentions: ['ub'] }),
  );
  await timeline.insertRows([row, ...edits]);
  const ops = edits.map(({ seq, ciphertext, iv, tag, mentions, keyVersion }) => ({
    channelId,
    target: 1,
    seq,
    edited: { ciphertext, iv, tag, mentions, textKey: keyVersion, editedAt: new Date(seq) },
  }));
  const after = {
    ciphertext: Buffer.from('text 3'),
    textKey: 3,
    textSeq: 3,
    mentions: ['ub'],
    editedAt: new Date(3),
    version: 3,
  };
  for (const again of [ops, ops.slice(0, 1)]) {
    await timeline.apply(again);
    expect(await timeline.messagesAt(channelId, [1])).toMatchObject([after]);
  }
  await timeline.apply([{ channelId, target: 1, seq: 4, deletedAt: new Date(9) }, ...ops]);
  expect(await timeline.messagesAt(channelId, [1])).toMatchObject([{ ciphertext: null, version: 4 }]);
  const rows = await timeline.rowsAbove(channelId, 1, 10);
  expect(rows).toEqual(edits.map((own) => ({ ...own, ciphertext: null, iv: null, tag: null })));
});

it('sets all counts of reactions, and keeps what a later change said', async () => {
  const row = message({ channelId: newChannel(), seq: 1 });
  await timeline.insertRows([row]);
  const counts = (seq: number, reactions: Record<string, number>) => ({ channelId: row.channelId, target: 1, seq, reactions });
  await timeline.apply([counts(2, { '👍': 1 }), counts(3, { '👍': 2 })]);
  await timeline.apply([counts(2, { '👍': 1 })]);
  expect(await timeline.messagesAt(row.channelId, [1])).toEqual([{ ...row, reactions: { '👍': 2 }, version: 3 }]);
});

it('pages through a thread', async () => {
  const channelId = newChannel();
  await timeline.insertRows([null, 'm1', 'm2', 'm1', 'm1'].map((threadId, i) => message({ channelId, seq: i + 1, threadId })));
  const at = async (after: number, limit: number) =>
    (await timeline.replies(channelId, 'm1', after, limit)).map(({ position }) => position);
  expect([await at(0, 2), await at(4, 2), await at(5, 2)]).toEqual([[2, 4], [5], []]);
});

it('counts replies by thread, up to a position', async () => {
  const channelId = newChannel();
  const threads = ['m1', 'm2', 'm1', null, 'm1'];
  await timeline.insertRows(threads.map((threadId, i) => message({ channelId, seq: i + 1, threadId })));
  expect(await timeline.countReplies(channelId, ['m1', 'm2', 'm3'], 100)).toEqual(
    new Map([
      ['m1', 3],
      ['m2', 1],
    ]),
  );
  expect(await timeline.countReplies(channelId, ['m1', 'm2'], 1)).toEqual(new Map([['m1', 1]]));
});

it('counts the mentions of a user in a range of positions', async () => {
  const channelId = newChannel();
  const mentions = [['ub'], ['uc', 'ub'], [], ['ub'], ['uc']];
  await timeline.insertRows(mentions.map((users, i) => message({ channelId, seq: i + 1, mentions: users })));
  const other = newChannel();
  await timeline.insertRows([message({ channelId: other, seq: 1, mentions: ['ub'] })]);
  const counted = (...ranges: [string, number, number][]) =>
    timeline.countMentions(
      'ub',
      ranges.map(([id, from, to]) => ({ channelId: id, from, to })),
    );
  expect(await counted([channelId, 1, 5], [other, 0, 1])).toEqual(
    new Map([
      [channelId, 2],
      [other, 1],
    ]),
  );
  expect(await counted([channelId, 5, 5], [other, 1, 9])).toEqual(new Map());
});

it('refuses to leave out a row of a kind that it does not know', async () => {
  const row = message({ channelId: newChannel(), seq: 1 });
  await timeline.insertRows([{ ...row, kind: 'poll' } as unknown as TimelineRow]);
  await expect(timeline.rowsAbove(row.channelId, 0, 10)).rejects.toThrow('poll');
});
