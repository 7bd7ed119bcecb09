import { channelIdOf, dmIdOf, type ChangeBody } from '@storm/shared/contracts';
import type { Role } from '@storm/shared/protocol';
import { eventually } from '@storm/devstack/testing';
import { randomUUID } from 'node:crypto';
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
const membership = async (channelId: string, userId: string) => (await rig.store.memberships.of(channelId, [userId])).get(userId);
const channel = (channelId: string) => rig.store.channels.get(channelId);
const active = (channelId: string) => rig.store.memberships.members(channelId, { limit: 100 });

describe('a membership', () => {
  it('begins with who makes the channel, and with being added', async () => {
    const [ann, bob] = [await rig.user(), await rig.user()];
    const room = await rig.channel(ann);
    expect(await membership(room, ann)).toMatchObject({ role: 'owner', leftAt: null, joinedPosition: 0 });
    const added = await change(room, ann, { kind: 'add', userId: bob, role: 'moderator' });
    expect(added).toMatchObject({ status: 'persisted', seq: 2, state: { member: { userId: bob, role: 'moderator' } } });
    expect(await membership(room, bob)).toMatchObject({ role: 'moderator', leftAt: null, version: 2 });
    expect(await channel(room)).toMatchObject({ memberCount: 2, version: 2 });
    expect(await change(room, ann, { kind: 'add', userId: bob, role: 'member' })).toMatchObject({
      status: 'duplicate',
      state: { member: { userId: bob, role: 'moderator' } },
    });
    expect(await change(room, ann, { kind: 'add', userId: await goneUser(), role: 'member' })).toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('changes its role', async () => {
    const [ann, bob] = [await rig.user(), await rig.user()];
    const room = await rig.channel(ann);
    await change(room, ann, { kind: 'add', userId: bob, role: 'member' });
    expect(await change(room, bob, { kind: 'role', userId: bob, role: 'owner' })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await change(room, ann, { kind: 'role', userId: bob, role: 'owner' })).toMatchObject({
      status: 'persisted',
      state: { member: { userId: bob, role: 'owner' } },
    });
    expect(await change(room, bob, { kind: 'role', userId: ann, role: 'member' })).toMatchObject({ status: 'persisted' });
    expect(await change(room, ann, { kind: 'archive' })).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('ends with being removed or leaving, and what was theirs is closed to them', async () => {
    const [ann, bob, cat] = [await rig.user(), await rig.user(), await rig.user()];
    const room = await rig.channel(ann);
    for (const userId of [bob, cat]) await change(room, ann, { kind: 'add', userId, role: 'member' });
    expect(await change(room, bob, { kind: 'remove', userId: cat })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await change(room, ann, { kind: 'remove', userId: bob })).toMatchObject({
      status: 'persisted',
      state: { member: null },
    });
    const left = await change(room, cat, { kind: 'leave' });
    expect(left).toMatchObject({ status: 'persisted', state: { channel: { id: room, memberCount: 1 } } });
    expect(left.state).not.toHaveProperty('channel.myRole');
    for (const userId of [bob, cat]) {
      expect((await membership(room, userId))?.leftAt).toBeInstanceOf(Date);
      expect(await rig.say(room, userId, 'still here?')).toMatchObject({ code: 'NOT_FOUND' });
      await expect(rig.asker.ask({ kind: 'page', userId, channelId: room, limit: 1 })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    }
    expect(await channel(room)).toMatchObject({ memberCount: 1 });
    expect((await active(room)).map(({ userId }) => userId)).toEqual([ann]);
    expect(await change(room, ann, { kind: 'remove', userId: bob })).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('begins anew after it ended: reading goes on at what was last said, and an old join does not bring it back', async () => {
    const [ann, bob] = [await rig.user(), await rig.user()];
    const room = await rig.channel(ann, 'public');
    const first = rig.change(room, bob, { kind: 'join' });
    await rig.submit(first);
    await rig.say(room, bob, 'one');
    await change(room, bob, { kind: 'leave' });
    expect(await rig.submit({ ...first })).toMatchObject({ status: 'duplicate', seq: 2 });
    expect((await membership(room, bob))?.leftAt).toBeInstanceOf(Date);
    for (const text of ['two', 'three']) await rig.say(room, ann, text);
    expect(await change(room, bob, { kind: 'join' })).toMatchObject({
      status: 'persisted',
      state: { channel: { myRole: 'member', memberCount: 2, readPosition: 3, unread: 0 } },
    });
    expect(await membership(room, bob)).toMatchObject({ leftAt: null, joinedPosition: 3, readPosition: 3 });
    expect(await rig.say(room, bob, 'back')).toMatchObject({ status: 'persisted', position: 4 });
  });

  it('of a sender has read what they said themselves', async () => {
    const ann = await rig.user();
    const room = await rig.channel(ann);
    for (const text of ['a', 'b', 'c']) await rig.say(room, ann, text);
    await eventually(async () => (await membership(room, ann))?.readPosition === 3);
    await eventually(async () => (await rig.store.heads.read([room])).get(room)?.seq === 4);
  });

  it('is told to listeners as a state after, in order', async () => {
    const [ann, bob] = [await rig.user(), await rig.user()];
    const room = await rig.channel(ann, 'public');
    const live = await rig.listen(room);
    await change(room, bob, { kind: 'join' });
    await change(room, ann, { kind: 'role', userId: bob, role: 'moderator' });
    await change(room, bob, { kind: 'leave' });
    await eventually(() => live.at(-1)?.seq === 4);
    expect(live.flatMap(({ payload }) => payload['changes'])).toMatchObject([
      { seq: 2, kind: 'joined', userId: bob, memberCount: 2 },
      { seq: 3, kind: 'role', userId: bob, role: 'moderator' },
      { seq: 4, kind: 'left', userId: bob, memberCount: 1 },
    ]);
  });
});

describe('many who join at once', () => {
  it('are counted one by one, and told of in few events', async () => {
    const ann = await rig.user();
    const room = await rig.channel(ann, 'public');
    const live = await rig.listen(room);
    const users = Array.from({ length: 60 }, () => `u${randomUUID().replaceAll('-', '').slice(0, 22)}`);
    const verdicts = await Promise.all(
      users.map((userId) => rig.submit(rig.change(room, userId, { kind: 'join' }, { wantsState: false }))),
    );
    expect(verdicts.map(({ seq }) => seq)).toEqual(users.map((_, i) => i + 2));
    expect(await channel(room)).toMatchObject({ memberCount: 61 });
    expect(await active(room)).toHaveLength(61);
    await eventually(() => live.at(-1)?.seq === 61);
    expect(live.length).toBeLessThan(30);
    let at = 1;
    for (const { from, seq } of live) {
      expect(from).toBe(at + 1);
      at = seq;
    }
  });
});

describe('a direct message', () => {
  it('is one channel, whichever of the two begins it', async () => {
    const [ann, bob] = [await rig.user(), await rig.user()];
    const [one, other] = await Promise.all([rig.dm(ann, bob), rig.dm(bob, ann)]);
    expect(one.channelId).toBe(other.channelId);
    expect([one.status, other.status].sort()).toEqual(['duplicate', 'persisted']);
    for (const verdict of [one, other])
      expect(verdict.state).toMatchObject({ channel: { type: 'dm', memberCount: 2, myRole: 'owner', name: null } });
    expect(await rig.dm(bob, ann)).toMatchObject({ status: 'duplicate', state: { channel: { id: one.channelId } } });
    expect(await rig.store.timeline.rowsAbove(one.channelId, 0, 10)).toHaveLength(1);
    await rig.say(one.channelId, ann, 'hi');
    expect(await rig.say(one.channelId, bob, 'hello')).toMatchObject({ status: 'persisted', position: 2 });
  });

  it('is for two active users and stays so', async () => {
    const [ann, bob, cat] = [await rig.user(), await rig.user(), await rig.user()];
    expect(await rig.dm(ann, ann)).toMatchObject({ status: 'failed', code: 'REFUSED' });
    expect(await rig.dm(ann, await goneUser())).toMatchObject({ status: 'failed', code: 'NOT_FOUND' });
    const { channelId } = await rig.dm(ann, bob);
    for (const body of [
      { kind: 'leave' },
      { kind: 'add', userId: cat, role: 'member' },
      { kind: 'remove', userId: bob },
    ] as const)
      expect(await change(channelId, ann, body)).toMatchObject({ status: 'failed', code: 'REFUSED' });
    expect(await rig.say(channelId, cat, 'me too')).toMatchObject({ code: 'NOT_FOUND' });
    expect(await change(channelId, cat, { kind: 'join' })).toMatchObject({ code: 'NOT_FOUND' });
    const said = await rig.say(channelId, ann, 'mine');
    expect(await change(channelId, bob, { kind: 'delete', id: said.id ?? '' })).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('is made, and shown, under its own id only', async () => {
    const [ann, bob, cat] = [await rig.user(), await rig.user(), await rig.user()];
    const { channelId } = await rig.dm(ann, bob);
    for (const userId of [ann, cat]) {
      const verdict = await change(channelId, cat, { kind: 'dm', userId });
      expect(verdict).toMatchObject({ status: 'failed', code: 'NOT_FOUND' });
      expect(verdict.state).toBeUndefined();
    }
    expect(await change(dmIdOf(ann, cat), bob, { kind: 'dm', userId: cat })).toMatchObject({ code: 'NOT_FOUND' });
    const taken = channelIdOf(ann, randomUUID());
    const body = { kind: 'create', type: 'private', name: 'Mine now', description: null } as const;
    expect(await change(taken, bob, body)).toMatchObject({ code: 'NOT_FOUND' });
  });
});

/** The id of a user who was deactivated. */
async function goneUser(): Promise<string> {
  const userId = await rig.user();
  await rig.store.models.users.updateOne({ _id: userId }, { isActive: false });
  return userId;
}
