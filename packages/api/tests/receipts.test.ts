import type { Channel, Receipt } from '@storm/shared/protocol';
import { eventually } from '@storm/devstack/testing';
import { limits } from '@storm/shared/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataOf, Rig, type Account } from './support/rig.js';

let rig: Rig;
let ann: Account, bob: Account, eve: Account;
let room: string;
beforeAll(async () => {
  rig = await Rig.start();
  [ann, bob, eve] = await Promise.all([rig.account(), rig.account(), rig.account()]);
  room = (await rig.channel(ann, { type: 'public' })).id;
  await rig.call('post', `/channels/${room}/join`, bob).expect(200);
  for (const text of ['one', 'two', `for @${bob.user.username}`]) await rig.say(ann, room, text);
});
afterAll(() => rig.stop());

const read = (account: Account, position: unknown) => rig.call('put', `/channels/${room}/read`, account).send({ position });
const channelOf = async (account: Account) => dataOf<Channel>(await rig.call('get', `/channels/${room}`, account).expect(200));
const receipts = async (account: Account) =>
  dataOf<Receipt[]>(await rig.call('get', `/channels/${room}/receipts`, account).expect(200));

it('shows what is unread, and less of it as one reads; only forward, and not beyond the last message', async () => {
  expect(await channelOf(bob)).toMatchObject({ position: 3, readPosition: 0, unread: 3, mentions: 1 });
  expect(dataOf(await read(bob, 2).expect(202))).toEqual({ channelId: room, position: 2, status: 'queued' });
  await eventually(async () => (await channelOf(bob)).readPosition === 2);
  expect(await channelOf(bob)).toMatchObject({ unread: 1, mentions: 1 });
  const [listed] = dataOf<Channel[]>(await rig.call('get', '/channels', bob).expect(200));
  expect(listed).toEqual(await channelOf(bob));
  await read(bob, 1).expect(202);
  await eventually(async () => {
    await read(bob, 1_000).expect(202);
    return (await channelOf(bob)).unread === 0;
  });
  expect(await channelOf(bob)).toMatchObject({ position: 3, readPosition: 3, mentions: 0 });
});

it('says to members alone how far each has read', async () => {
  await eventually(async () => (await receipts(ann)).every(({ position }) => position === 3));
  const found = await receipts(bob);
  expect(found.map(({ userId }) => userId).sort()).toEqual([ann.user.id, bob.user.id].sort());
  for (const { readAt } of found) expect(Date.now() - Date.parse(readAt ?? '')).toBeLessThan(60_000);
  const pages = await rig.pages<Receipt>(`/channels/${room}/receipts?limit=1`, ann);
  expect(pages.flat()).toEqual(found);
  expect(pages).toHaveLength(2);
  await rig.call('get', `/channels/${room}/receipts`, eve).expect(404);
  await read(eve, 1).expect(404);
});

it('refuses what is no position', async () => {
  for (const position of [-1, 0.5, '1', null, undefined, 2 ** 53]) await read(bob, position).expect(400);
});

it('shows one’s own alone where more than 200 are', async () => {
  const { channels } = rig.context.store.models;
  await channels.updateOne({ _id: room }, { $set: { memberCount: limits.receiptMembers } });
  expect(await receipts(bob)).toHaveLength(2);
  await channels.updateOne({ _id: room }, { $set: { memberCount: limits.receiptMembers + 1 } });
  expect(await receipts(bob)).toMatchObject([{ userId: bob.user.id, position: 3 }]);
});
