import { randomUUID } from 'node:crypto';
import type { ChangeBody } from '@storm/shared/contracts';
import { limits } from '@storm/shared/protocol';
import { eventually } from '@storm/devstack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
let ann: string;
let bob: string;
beforeAll(async () => {
  rig = await createRig({ shards: 2 });
  await rig.startWorker();
  [ann, bob] = [await rig.user(), await rig.user('Bobby_2')];
});
afterAll(() => rig.stop());

const change = (room: string, by: string, body: ChangeBody) => rig.submit(rig.change(room, by, body));
async function aRoom(messages: number): Promise<string> {
  const room = await rig.channel(ann, 'public');
  await change(room, bob, { kind: 'join' });
  for (let i = 0; i < messages; i++) await rig.say(room, ann, `message ${i}`);
  return room;
}
const read = (channelId: string, userId: string, position: number) => rig.intake.read({ channelId, userId, position });
const stored = async (room: string, userId: string) => (await rig.store.memberships.of(room, [userId])).get(userId);
const cursor = async (room: string, userId: string) => {
  const { channels } = await rig.asker.ask({ kind: 'memberships', userId });
  return channels.find(({ channelId }) => channelId === room);
};
type Listened = Awaited<ReturnType<Rig['listen']>>;
const receipts = (live: Listened) => live.filter(({ event }) => event === 'receipt.read').map(({ payload }) => payload);

it('is stored and told: to the devices of who reads, and to the others of the channel, in no log', async () => {
  const room = await aRoom(5);
  const [live, own] = [await rig.listen(room), await rig.follow(bob)];
  expect(await cursor(room, bob)).toMatchObject({ position: 5, readPosition: 0, unread: 5 });
  read(room, bob, 3);
  await eventually(() => own.length > 0 && receipts(live).length > 0);
  const { readPosition, readAt } = (await stored(room, bob)) ?? {};
  expect(readPosition).toBe(3);
  expect(own).toEqual([{ kind: 'read', channelId: room, position: 3, readAt: readAt?.getTime() }]);
  expect(receipts(live)).toEqual([{ channelId: room, userId: bob, position: 3, readAt: readAt?.getTime() }]);
  expect(live.map(({ from, seq }) => [from, seq])).toEqual([[0, 0]]);
  expect(await cursor(room, bob)).toMatchObject({ seq: 7, readPosition: 3, unread: 2 });
  const { epoch } = await rig.store.meta.ensure({ shards: 2 });
  expect(await rig.redis.xlen(rig.names.log(room, epoch))).toBe(7);
});

it('moves forward only, never beyond the last message, and only for members', async () => {
  const [room, other] = [await aRoom(4), await rig.channel(ann)];
  const eve = await rig.user();
  const live = await rig.listen(room);
  read(room, bob, 3);
  await eventually(() => receipts(live).length === 1);
  read(room, bob, 2);
  read(room, eve, 4);
  read(other, bob, 1);
  read(`c${'A'.repeat(22)}`, bob, 1);
  await eventually(async () => (await stored(room, ann))?.readPosition === 4); // by her own messages
  read(room, ann, 4);
  read(room, bob, 1_000_000);
  await eventually(() => receipts(live).length === 2);
  expect(receipts(live).map(({ userId, position }) => [userId, position])).toEqual([
    [bob, 3],
    [bob, 4],
  ]);
  await change(room, bob, { kind: 'leave' });
  await rig.say(room, ann, 'alone');
  await rig.store.memberships.read([{ channelId: room, userId: bob, position: 5 }]);
  read(room, bob, 5);
  await change(room, eve, { kind: 'join' });
  await rig.say(room, ann, 'hello');
  read(room, eve, 6);
  await eventually(() => receipts(live).length === 3);
  expect(receipts(live)[2]).toMatchObject({ userId: eve, position: 6 });
  expect(await stored(room, bob)).toMatchObject({ readPosition: 4 });
  expect(await stored(other, bob)).toBeUndefined();
});

it('is written once for many of one user, the furthest, whichever came last', async () => {
  const room = await aRoom(9);
  const own = await rig.follow(bob);
  for (const position of [1, 5, 9, 2, 7]) read(room, bob, position);
  await eventually(async () => (await cursor(room, bob))?.unread === 0);
  await eventually(() => own.length === 1);
  expect(own).toMatchObject([{ position: 9 }]);
});

it('tells who writes that they have read up to their own message, on their own devices alone', async () => {
  const room = await aRoom(2);
  const [live, own] = [await rig.listen(room), await rig.follow(bob)];
  await rig.say(room, bob, 'me too');
  await eventually(() => own.length === 1);
  expect(own).toMatchObject([{ kind: 'read', channelId: room, position: 3 }]);
  expect(await cursor(room, bob)).toMatchObject({ position: 3, unread: 0 });
  read(room, ann, 3);
  await eventually(() => receipts(live).length === 1);
  expect(receipts(live)).toMatchObject([{ userId: ann, position: 3 }]);
});

it('is nobody else’s to know in a channel of more than 200 members', async () => {
  const room = await aRoom(1);
  const [live, own] = [await rig.listen(room), await rig.follow(bob)];
  const crowd = Array.from({ length: limits.receiptMembers - 2 }, () => `u${randomUUID().replaceAll('-', '').slice(0, 22)}`);
  await Promise.all(crowd.map((userId) => change(room, userId, { kind: 'join' })));
  expect((await rig.store.channels.get(room))?.memberCount).toBe(limits.receiptMembers);
  read(room, bob, 1);
  await eventually(() => receipts(live).length === 1);
  const last = await rig.user();
  await change(room, last, { kind: 'join' });
  await rig.say(room, ann, 'crowded');
  read(room, bob, 2);
  await eventually(() => own.length === 2);
  expect(await stored(room, bob)).toMatchObject({ readPosition: 2 });
  await change(room, last, { kind: 'leave' });
  await rig.say(room, ann, 'less so');
  read(room, bob, 3);
  await eventually(() => receipts(live).length === 2);
  expect(receipts(live).map(({ position }) => position)).toEqual([1, 3]);
});

it('counts mentions among what is unread, in every answer that says so', async () => {
  const room = await aRoom(0);
  for (const text of ['one for @bobby_2', 'none', 'another for @Bobby_2']) await rig.say(room, ann, text);
  const renamed = await change(room, ann, { kind: 'rename', description: 'x' });
  expect(renamed.state).toMatchObject({ channel: { position: 3, unread: expect.any(Number) as number, mentions: 0 } });
  expect((await change(room, bob, { kind: 'join' })).state).toMatchObject({ channel: { position: 3, unread: 3, mentions: 2 } });
  expect(await cursor(room, bob)).toMatchObject({ unread: 3, mentions: 2 });
  read(room, bob, 1);
  await eventually(async () => (await cursor(room, bob))?.mentions === 1);
});
