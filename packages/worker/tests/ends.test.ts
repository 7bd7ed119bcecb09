import type { ChangeBody } from '@storm/shared/contracts';
import type { Role } from '@storm/shared/protocol';
import { eventually } from '@storm/devstack/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await createRig({ shards: 2 });
  await rig.startWorker();
});
afterAll(() => rig.stop());

const change = (channelId: string, senderId: string, body: ChangeBody, senderRole: Role = 'member') =>
  rig.submit(rig.change(channelId, senderId, body, { senderRole }));
const page = (channelId: string, userId: string) => rig.asker.ask({ kind: 'page', userId, channelId, limit: 10 });

describe('settings', () => {
  it('are set as a state after, told to listeners and shown', async () => {
    const ann = await rig.user();
    const room = await rig.channel(ann, 'private', 'Old name');
    const live = await rig.listen(room);
    expect(await change(room, ann, { kind: 'rename', description: 'About' })).toMatchObject({
      status: 'persisted',
      seq: 2,
      state: { channel: { name: 'Old name', description: 'About', seq: 2 } },
    });
    expect(await change(room, ann, { kind: 'rename', name: 'New name', description: null })).toMatchObject({
      state: { channel: { name: 'New name', description: null } },
    });
    expect(await change(room, ann, { kind: 'rename', name: 'New name' })).toMatchObject({ status: 'duplicate' });
    await eventually(() => live.at(-1)?.seq === 3);
    expect(live.flatMap(({ payload }) => payload['changes'])).toMatchObject([
      { seq: 2, kind: 'renamed', name: 'Old name', description: 'About' },
      { seq: 3, kind: 'renamed', name: 'New name', description: null },
    ]);
  });
});

describe('an archived channel', () => {
  it('takes no more words and members, is still read, and may be left', async () => {
    const [ann, bob] = [await rig.user(), await rig.user()];
    const room = await rig.channel(ann, 'public');
    await change(room, bob, { kind: 'join' });
    const said = await rig.say(room, ann, 'the last word');
    expect(await change(room, ann, { kind: 'archive' })).toMatchObject({
      status: 'persisted',
      state: { channel: { isArchived: true } },
    });
    expect(await change(room, ann, { kind: 'archive' })).toMatchObject({ status: 'duplicate' });
    for (const body of [
      { kind: 'rename', name: 'No' },
      { kind: 'role', userId: bob, role: 'owner' },
    ] as const)
      expect(await change(room, ann, body)).toMatchObject({ status: 'failed', code: 'REFUSED' });
    expect(await rig.say(room, ann, 'one more')).toMatchObject({
      status: 'failed',
      code: 'REFUSED',
      message: 'the channel is archived',
    });
    expect(await change(room, await rig.user(), { kind: 'join' })).toMatchObject({ code: 'REFUSED' });
    expect(await page(room, bob)).toMatchObject({ messages: [{ text: 'the last word' }] });
    expect(await change(room, ann, { kind: 'delete', id: said.id ?? '' })).toMatchObject({ status: 'persisted' });
    expect(await change(room, bob, { kind: 'leave' })).toMatchObject({ status: 'persisted' });
  });
});

describe('an erased channel', () => {
  it('keeps its order and nothing that could be read, and takes no change that would make a new key', async () => {
    const [ann, bob] = [await rig.user(), await rig.user()];
    const room = await rig.channel(ann, 'public');
    await change(room, bob, { kind: 'join' });
    const said = await rig.say(room, ann, 'secret');
    expect(await change(room, ann, { kind: 'erase' })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await change(room, bob, { kind: 'erase' }, 'admin')).toMatchObject({ status: 'persisted', seq: 4 });

    for (const worker of ['the one that erased', 'one that never saw it']) {
      if (worker !== 'the one that erased') await rig.startWorker();
      expect(await page(room, ann), worker).toMatchObject({
        messages: [{ id: said.id, position: 1, text: null, unreadable: true }],
        head: { seq: 4, position: 1 },
      });
      for (const body of [
        { kind: 'message', text: 'again', threadId: null, clientTs: 1 },
        { kind: 'rename', name: 'Other' },
        { kind: 'leave' },
        { kind: 'delete', id: said.id ?? '' },
      ] as const)
        expect(await change(room, ann, body), worker).toMatchObject({
          status: 'failed',
          code: 'REFUSED',
          message: 'the channel is erased',
        });
      expect(await change(room, await rig.user(), { kind: 'join' }), worker).toMatchObject({ code: 'REFUSED' });
    }
    expect(await change(room, bob, { kind: 'erase' }, 'admin')).toMatchObject({ status: 'duplicate' });

    const keys = await rig.store.models.channelKeys.find({ channelId: room }).lean();
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatchObject({ wrapped: null, erasedAt: expect.any(Date) as Date });
    expect(await rig.store.timeline.rowsAbove(room, 0, 10)).toHaveLength(4);
  });

  it('answers a resend without its text, whoever has the key in memory', async () => {
    const ann = await rig.user();
    const room = await rig.channel(ann, 'private');
    await Promise.all([rig.startWorker(), rig.startWorker()]);
    const send = rig.change(room, ann, { kind: 'message', text: 'secret', threadId: null, clientTs: 1 });
    // Every worker takes some of these, and then holds the key.
    for (let i = 0; i < 12; i++) await rig.say(room, ann, `${i}`);
    await rig.submit(send);
    await change(room, await rig.user(), { kind: 'erase' }, 'admin');
    for (let i = 0; i < 6; i++) {
      const verdict = await rig.submit({ ...send });
      expect(verdict).toMatchObject({ status: 'duplicate', state: { message: { text: null, unreadable: true } } });
    }
    const changes = await rig.asker.ask({ kind: 'changes', userId: ann, channelId: room, since: 0 });
    for (const { text } of changes.messages) expect(text).toBeNull();
  });
});
