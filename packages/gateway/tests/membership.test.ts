import { eventually } from '@storm/devstack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aChannelId, aUser, House } from './support/house.js';

let house: House;
beforeAll(async () => {
  house = await House.ready();
});
afterAll(() => house.close());

async function aChannel() {
  const [ann, bob] = [aUser(), aUser()];
  const channel = await house.worker.createChannel(aChannelId(), ann);
  return { ann, bob, channel, owner: await house.connect(ann) };
}

it('brings a user that joins into the channel on all its connections, and tells them', async () => {
  const { ann, bob, channel, owner } = await aChannel();
  const devices = [await house.connect(bob), await house.connect(bob)];
  await house.worker.join(channel, bob);
  for (const device of devices) {
    expect(await device.next('channel.joined')).toMatchObject({ id: channel.id, seq: 2, memberCount: 2 });
  }
  await house.worker.say(channel, ann, 'welcome');
  for (const client of [...devices, owner]) expect(await client.next('message.new')).toMatchObject({ seq: 3 });
  expect(owner.all('channel.changed')).toMatchObject([{ changes: [{ kind: 'joined', userId: bob }] }]);
  expect(owner.all('channel.joined')).toEqual([]);
});

it('tells who joined all that came after, though it was delivered to others before', async () => {
  const { ann, bob, channel, owner } = await aChannel();
  const device = await house.connect(bob);
  const joined = channel.join(bob);
  const { state } = channel;
  await house.worker.spread(channel, [joined, channel.rename(1), channel.say(ann, 'welcome')]);
  await owner.next('message.new');
  await house.worker.tell(bob, {
    kind: 'joined',
    channelId: channel.id,
    seq: joined.seq,
    channel: { ...state, readPosition: 0 },
  });
  expect(await device.next('channel.joined')).toMatchObject({ seq: 2, name: 'room', position: 0, unread: 0 });
  const { from, events } = await device.next('sync.changes');
  expect([from, events?.map(({ event }) => event)]).toEqual([2, ['channel.changed', 'message.new']]);
  expect(await device.next('sync.done')).toEqual({ channelId: channel.id, to: 4, complete: true });
  await house.worker.say(channel, ann, 'and on');
  expect(await device.next('message.new')).toMatchObject({ seq: 5 });
});

it('tells who joins how far it has read since, where that is known already', async () => {
  const { ann, bob, channel } = await aChannel();
  const device = await house.connect(bob);
  await house.worker.say(channel, ann, 'welcome');
  await house.worker.tell(bob, { kind: 'read', channelId: channel.id, position: 1, readAt: 1 });
  const joined = channel.join(bob);
  await house.worker.spread(channel, [joined]);
  const told = { ...channel.state, readPosition: 0 };
  await house.worker.tell(bob, { kind: 'joined', channelId: channel.id, seq: joined.seq, channel: told });
  expect(await device.next('channel.joined')).toMatchObject({ position: 1, readPosition: 1, unread: 0 });
});

it('delivers nothing to who left, from the row on, and leaves the others alone', async () => {
  const { ann, bob, channel, owner } = await aChannel();
  await house.worker.join(channel, bob);
  const device = await house.connect(bob);
  const row = channel.leave(bob);
  await house.worker.spread(channel, [row, channel.say(ann, 'not for you')]); // in one message, without an event to the user
  expect(await device.next('channel.left')).toEqual({ channelId: channel.id, seq: row.seq });
  await owner.next('message.new');
  device.send('ping', {});
  await device.next('pong');
  expect(device.seqs(channel.id)).toEqual([row.seq]);
  // The event to the user comes later, and says nothing new.
  await house.worker.tell(bob, { kind: 'left', channelId: channel.id, seq: row.seq });
  await house.worker.join(channel, bob);
  await device.next('channel.joined');
  expect(device.all('channel.left')).toHaveLength(1);
});

it('lets no late event about a membership undo a later one', async () => {
  const { bob, channel } = await aChannel();
  const device = await house.connect(bob);
  await house.worker.join(channel, bob);
  await device.next('channel.joined');
  await house.worker.tell(bob, { kind: 'left', channelId: channel.id, seq: channel.seq - 1 });
  await house.worker.say(channel, bob, 'still in');
  await device.next('message.new');
  expect(device.all('channel.left')).toEqual([]);
});

it('does not let in by an old answer who left while the question was out', async () => {
  const { ann, bob, channel, owner } = await aChannel();
  await house.worker.join(channel, bob);
  let left: (() => Promise<void>) | undefined = async () => {
    left = undefined;
    await house.worker.leave(channel, bob);
    await owner.next('channel.changed', 1); // the gateway has seen it
    channel.members.add(bob); // the answer was read before
  };
  house.worker.beforeAnswer = (question) => (question.kind === 'memberships' && question.userId === bob ? left?.() : undefined);
  const device = await house.connect(bob);
  house.worker.beforeAnswer = () => undefined;
  channel.members.delete(bob);
  expect((await device.next('connection.ready')).channels).toEqual([]);
  await house.worker.say(channel, ann, 'not for you');
  await owner.next('message.new');
  device.send('ping', {});
  await device.next('pong');
  expect(device.seqs(channel.id)).toEqual([]);
});

it('finds out from a beat whom it let in or kept too long, and asks', async () => {
  const { ann, bob, channel, owner } = await aChannel();
  const device = await house.connect(bob);
  const shard = house.names.shardOf(channel.id);
  channel.members.add(bob);
  const member = { userId: bob, channelId: channel.id };
  await house.worker.beat(shard, { heads: [], members: [{ ...member, seq: channel.seq, active: true }] });
  expect(await device.next('channels.more')).toMatchObject({ channels: [{ channelId: channel.id }] });
  await house.worker.say(channel, ann, 'for you');
  await device.next('message.new');

  channel.members.delete(bob);
  const members = [
    { ...member, seq: 1, active: true },
    { ...member, seq: 3, active: false },
  ];
  await house.worker.beat(shard, { heads: [], members });
  await device.next('channel.left');
  await house.worker.say(channel, ann, 'not for you');
  await owner.next('message.new', 1);
  expect(device.all('message.new')).toHaveLength(1);
});

it('asks when a row says that a user joined and no event told', async () => {
  const { bob, channel } = await aChannel();
  const device = await house.connect(bob);
  await house.worker.spread(channel, [channel.join(bob)]);
  expect(await device.next('channels.more')).toMatchObject({ channels: [{ channelId: channel.id }] });
});

it('goes on with a channel for its members while it is archived and erased', async () => {
  const { ann, channel, owner } = await aChannel();
  const row = channel.rename(2);
  if (row.frame.event === 'channel.changed') {
    row.frame.payload.changes.forEach((change, i) =>
      Object.assign(change, { kind: i === 0 ? 'archived' : 'erased', name: undefined }),
    );
  }
  await house.worker.spread(channel, [row]);
  expect(await owner.next('channel.changed')).toMatchObject({ changes: [{ kind: 'archived' }, { kind: 'erased' }] });
  await house.worker.say(channel, ann, 'still listening');
  await owner.next('message.new');
});

it('closes everything when the database begins another life', async () => {
  const { owner } = await aChannel();
  house.worker.epoch = 'epoch-2';
  await house.worker.announce();
  expect(await owner.close()).toBe(4500);
  const ann = aUser();
  await eventually(async () => {
    const client = await house.connect(ann);
    return (await client.next('connection.ready')).epoch === 'epoch-2';
  });
});
