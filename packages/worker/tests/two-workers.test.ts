import { randomUUID } from 'node:crypto';
import { eventually } from '@storm/devstack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await createRig({ shards: 1 });
  await rig.startWorker();
  await rig.startWorker();
});
afterAll(() => rig.stop());

it('keeps one order and one effect while two workers take turns at a shard', async () => {
  const [ann, bob, cat] = [await rig.user(), await rig.user(), await rig.user()];
  const rooms = [await rig.channel(ann, 'public'), await rig.channel(ann, 'public')];
  const live = await Promise.all(rooms.map((room) => rig.listen(room)));
  const senders = [ann, bob, cat];

  /** Each sender waits for each verdict, sends every third message twice, and comes and goes. */
  const talk = async (userId: string, room: string) => {
    const mine: string[] = [];
    for (let i = 0; i < 25; i++) {
      if (userId !== ann && i % 10 === 0) await rig.submit(rig.change(room, userId, { kind: 'join' }));
      const send = rig.change(
        room,
        userId,
        { kind: 'message', text: `${userId} ${i}`, threadId: null, clientTs: 1 },
        { wantsState: false },
      );
      const verdicts = await Promise.all((i % 3 === 0 ? [send, { ...send }] : [send]).map((change) => rig.submit(change)));
      expect(verdicts.map(({ status }) => status).sort()).toEqual(i % 3 === 0 ? ['duplicate', 'persisted'] : ['persisted']);
      expect(new Set(verdicts.map(({ seq, id }) => `${seq} ${id}`)).size).toBe(1);
      mine.push(`${userId} ${i}`);
      if (userId !== ann && i % 10 === 9) {
        await rig.submit(rig.change(room, userId, { kind: 'leave' }));
        expect(await rig.say(room, userId, 'outside')).toMatchObject({ status: 'failed', code: 'FORBIDDEN' });
      }
    }
    return mine;
  };
  const said = await Promise.all(rooms.map((room) => Promise.all(senders.map((userId) => talk(userId, room)))));

  for (const [i, room] of rooms.entries()) {
    const rows = await rig.store.timeline.rowsAbove(room, 0, 500);
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, n) => n + 1));
    const positions = rows.flatMap((row) => (row.kind === 'message' ? [row.position] : []));
    expect(positions).toEqual(Array.from({ length: 75 }, (_, n) => n + 1));

    const { messages } = await rig.asker.ask({ kind: 'page', userId: ann, channelId: room, limit: 100 });
    for (const [s, userId] of senders.entries())
      expect(messages.filter(({ senderId }) => senderId === userId).map(({ text }) => text)).toEqual(said[i]?.[s]);
    const changes = await rig.asker.ask({ kind: 'changes', userId: ann, channelId: room, since: 0 });
    expect(changes).toMatchObject({ to: rows.length, head: { seq: rows.length, position: 75 } });

    await eventually(() => live[i]?.at(-1)?.seq === rows.length);
    let at = 1;
    for (const { from, seq } of live[i] ?? []) {
      expect(from).toBe(at + 1);
      at = seq;
    }
    const heard = live[i]?.filter(({ event }) => event === 'message.new').map(({ payload }) => payload['text']);
    expect(heard).toEqual(messages.map(({ text }) => text));

    const keys = await rig.store.models.channelKeys.countDocuments({ channelId: room });
    expect(keys).toBe(1);
    expect((await rig.store.channels.get(room))?.memberCount).toBe(3);
    expect((await rig.store.memberships.members(room, { limit: 10 })).map(({ userId }) => userId).sort()).toEqual(
      [...senders].sort(),
    );
  }
});

it('answers under one id once, whichever worker is asked, and however often at once', async () => {
  const ann = await rig.user();
  const room = await rig.channel(ann);
  const changeId = randomUUID();
  const verdicts = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      rig.say(room, ann, i % 4 === 3 ? 'another body' : 'body', { changeId, wantsState: false }),
    ),
  );
  const counted = (status: string) => verdicts.filter((verdict) => verdict.status === status).length;
  expect([counted('persisted'), counted('conflict'), counted('duplicate')]).toEqual([1, 10, 29]);
  expect(await rig.store.timeline.rowsAbove(room, 0, 10)).toHaveLength(2);
});
