import { randomUUID } from 'node:crypto';
import { messageIdOf } from '@storm/shared/contracts';
import { eventually } from '@storm/devstack/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
let ann: string;
let bob: string;
beforeAll(async () => {
  rig = await createRig({ shards: 2 });
  await rig.startWorker({}, { DATA_KEY_DAYS: 0, EDIT_WINDOW_SECONDS: 3_600 }); // a data key of its own for each job
  [ann, bob] = [await rig.user('Ann_1'), await rig.user('Bobby_2')];
});
afterAll(() => rig.stop());

async function roomOfTwo(): Promise<string> {
  const room = await rig.channel(ann);
  await rig.submit(rig.change(room, ann, { kind: 'add', userId: bob, role: 'member' }));
  return room;
}
const edit = (room: string, by: string, id: string, text: string, changeId: string = randomUUID()) =>
  rig.submit(rig.change(room, by, { kind: 'edit', id, text }, { changeId }));
const react = (room: string, by: string, id: string, emoji: string, added = true) =>
  rig.submit(rig.change(room, by, { kind: 'reaction', id, emoji, added }));
const page = async (room: string, userId: string) =>
  (await rig.asker.ask({ kind: 'page', userId, channelId: room, limit: 50 })).messages;

describe('an edit', () => {
  it('gives the message a text under a key of its own, live and in history, and is no other message', async () => {
    const room = await roomOfTwo();
    const live = await rig.listen(room);
    const changeId = randomUUID();
    const { id = '' } = await rig.say(room, ann, 'first', { changeId });
    const done = await edit(room, ann, id, 'second, for @bobby_2');
    expect(done).toMatchObject({ status: 'persisted', id, seq: 4, position: 1 });
    const after = { id, seq: 3, version: 4, position: 1, text: 'second, for @bobby_2', mentions: [bob] };
    expect(done.state).toMatchObject({ message: { ...after, editedAt: expect.any(Number) as number } });
    expect(await page(room, bob)).toMatchObject([after]);

    await eventually(() => live.some(({ event }) => event === 'message.updated'));
    expect(live.at(-1)).toMatchObject({ seq: 4, payload: { id, position: 1, text: 'second, for @bobby_2', mentions: [bob] } });
    const { messages, to } = await rig.asker.ask({ kind: 'changes', userId: bob, channelId: room, since: 3 });
    expect([to, messages]).toMatchObject([4, [after]]);

    // Compared with what it was first, whatever became of it.
    expect(await rig.say(room, ann, 'first', { changeId })).toMatchObject({ status: 'duplicate', state: { message: after } });
    expect(await rig.say(room, ann, 'other', { changeId })).toMatchObject({ status: 'conflict' });
    const rows = await rig.store.timeline.rowsAbove(room, 0, 10);
    expect(new Set(rows.map(({ keyVersion }) => keyVersion)).size).toBe(4);
  });

  it('is done once under one id', async () => {
    const room = await roomOfTwo();
    const { id = '' } = await rig.say(room, ann, 'a');
    const changeId = randomUUID();
    await edit(room, ann, id, 'b', changeId);
    await edit(room, ann, id, 'c');
    expect(await edit(room, ann, id, 'b', changeId)).toMatchObject({ status: 'duplicate', seq: 4 });
    expect(await edit(room, ann, id, 'd', changeId)).toMatchObject({ status: 'conflict' });
    expect((await page(room, ann))[0]).toMatchObject({ text: 'c', version: 5 });
  });

  it('is the sender’s alone, of what is there and recent', async () => {
    const room = await roomOfTwo();
    const { id = '' } = await rig.say(room, ann, 'mine');
    expect(await edit(room, bob, id, 'his')).toMatchObject({ status: 'failed', code: 'FORBIDDEN' });
    expect(await edit(room, ann, `m${'x'.repeat(22)}`, 'x')).toMatchObject({ status: 'failed', code: 'NOT_FOUND' });
    await rig.store.models.timeline.updateOne({ channelId: room, id }, { createdAt: new Date(Date.now() - 3_700_000) });
    expect(await edit(room, ann, id, 'late')).toMatchObject({ status: 'failed', code: 'REFUSED', message: /too old/ });
  });

  it('of a message that is still in the queue comes after it, and before its deletion', async () => {
    const room = await roomOfTwo();
    const changeId = randomUUID();
    const id = messageIdOf(room, ann, changeId);
    const verdicts = await Promise.all([
      rig.say(room, ann, 'a', { changeId }),
      edit(room, ann, id, 'b'),
      react(room, bob, id, '👍'),
      rig.submit(rig.change(room, ann, { kind: 'delete', id })),
      edit(room, ann, id, 'c'),
    ]);
    expect(verdicts.map(({ status, seq }) => [status, seq])).toEqual([
      ['persisted', 3],
      ['persisted', 4],
      ['persisted', 5],
      ['persisted', 6],
      ['failed', undefined],
    ]);
    expect(await page(room, ann)).toMatchObject([{ text: null, reactions: {}, version: 6 }]);
    const edits = await rig.store.models.timeline.find({ channelId: room, kind: 'edit' }).lean();
    expect(edits).toMatchObject([{ ciphertext: null, iv: null, tag: null }]);
  });
});

describe('reactions', () => {
  it('are counted for all, told live, and shown as one’s own to each', async () => {
    const room = await roomOfTwo();
    const live = await rig.listen(room);
    const { id = '' } = await rig.say(room, ann, 'a');
    await react(room, ann, id, '👍');
    await react(room, bob, id, '🎉');
    const both = await react(room, bob, id, '👍');
    const reactions = { '👍': 2, '🎉': 1 };
    expect(both).toMatchObject({ status: 'persisted', id, position: 1, state: { message: { reactions } } });
    expect((await page(room, ann))[0]).toMatchObject({ reactions, myReactions: ['👍'] });
    expect(new Set((await page(room, bob))[0]?.myReactions)).toEqual(new Set(['👍', '🎉']));
    await eventually(() => live.filter(({ event }) => event === 'message.reactions').length === 3);
    expect(live.at(-1)?.payload).toMatchObject({ id, position: 1, reactions, userId: bob, emoji: '👍', added: true });

    expect(await react(room, bob, id, '👍')).toMatchObject({ status: 'duplicate', state: { message: { reactions } } });
    expect(await react(room, ann, id, '🎉', false)).toMatchObject({ status: 'duplicate' });
    expect(await react(room, ann, id, '👍', false)).toMatchObject({ state: { message: { reactions: { '👍': 1, '🎉': 1 } } } });
    expect((await page(room, ann))[0]).not.toHaveProperty('myReactions');
    expect(await rig.store.models.timeline.countDocuments({ channelId: room, kind: 'reaction' })).toBe(4);
  });
});

describe('a thread', () => {
  it('is read in pages, by members, from its root', async () => {
    const room = await roomOfTwo();
    const { id = '' } = await rig.say(room, ann, 'root');
    for (const text of ['1', '2', '3'])
      await rig.submit(rig.change(room, bob, { kind: 'message', text, threadId: id, clientTs: 1 }));
    const ask = (after: number, userId = ann, root = id) =>
      rig.asker.ask({ kind: 'replies', userId, channelId: room, id: root, after, limit: 2 });
    const first = await ask(0);
    expect([first.hasMore, first.messages]).toMatchObject([true, [{ text: '1' }, { text: '2' }]]);
    expect(await ask(3)).toMatchObject({ hasMore: false, messages: [{ text: '3' }], head: { position: 4 } });
    await expect(ask(0, await rig.user())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ask(0, ann, first.messages[0]?.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

it('tells a gateway that missed events what it missed, each as it was sent, but for texts deleted since', async () => {
  const room = await roomOfTwo();
  const live = await rig.listen(room);
  const { id = '' } = await rig.say(room, ann, 'a');
  const other = await rig.say(room, ann, 'for @bobby_2');
  await edit(room, ann, id, 'b');
  await react(room, bob, id, '👍');
  await react(room, bob, id, '👍', false);
  await edit(room, ann, other.id ?? '', 'soon gone');
  await rig.submit(rig.change(room, ann, { kind: 'delete', id: other.id ?? '' }));
  await eventually(() => live.length === 7);
  const { events } = await rig.asker.ask({ kind: 'events', channelId: room, since: 4 });
  const frames = events.map(({ from, seq, frame }) => ({ from, seq, ...(JSON.parse(frame) as object) }));
  expect(frames.slice(0, 3)).toMatchObject(live.slice(2, 5));
  expect(frames).toMatchObject([
    { event: 'message.updated', seq: 5, payload: { text: 'b' } },
    { event: 'message.reactions', seq: 6, payload: { added: true, userId: bob } },
    { event: 'message.reactions', seq: 7, payload: { added: false, reactions: {} } },
    { event: 'message.updated', seq: 8, payload: { text: null } },
    { event: 'message.deleted', seq: 9, payload: { id: other.id } },
  ]);
  const [first] = (await rig.asker.ask({ kind: 'events', channelId: room, since: 2 })).events;
  expect(JSON.parse(first?.frame ?? '{}')).toMatchObject({
    event: 'message.new',
    payload: { id, text: 'b', version: 3, reactions: {} },
  });
});
