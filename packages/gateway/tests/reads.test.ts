import { eventually } from '@storm/devstack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Client } from './support/client.js';
import { aChannelId, aUser, House } from './support/house.js';

let house: House;
beforeAll(async () => {
  house = await House.ready();
});
afterAll(() => house.close());

async function aConversation() {
  const [ann, bob] = [aUser(), aUser()];
  const channel = await house.worker.createChannel(aChannelId(), ann, bob);
  for (const text of ['one', 'two', 'three']) await house.worker.say(channel, ann, text);
  return { ann, bob, channel };
}
const read = (client: Client, channelId: string, position: unknown, requestId?: string) =>
  client.send('channel.read', { channelId, position }, requestId);
const readsIn = (channelId: string) => house.worker.reads.filter((mark) => mark.channelId === channelId);
/** All that was on its way to a client is there. */
async function settled(client: Client): Promise<void> {
  const pongs = client.all('pong').length;
  client.send('ping', {});
  await client.next('pong', pongs);
}

it('brings how far somebody read to all devices, on all gateways, once each, and leaves order alone', async () => {
  const { ann, bob, channel } = await aConversation();
  const other = await house.gateway();
  const clients = [await house.connect(bob), await house.connect(bob, other), await house.connect(ann, other)];
  read(clients[0] as Client, channel.id, 2);
  const receipt = { channelId: channel.id, userId: bob, position: 2, readAt: 1 };
  for (const client of clients) expect(await client.next('receipt.read')).toEqual(receipt);
  await house.worker.say(channel, ann, 'next');
  for (const client of clients) {
    expect(await client.next('message.new')).toMatchObject({ seq: 6 });
    expect(client.all('receipt.read')).toHaveLength(1);
  }
});

it('merges them: a burst is one, the furthest, and counts for no limit of sends', async () => {
  const { bob, channel } = await aConversation();
  const client = await house.connect(bob);
  for (const position of [1, 3, 2]) for (let i = 0; i < 20; i++) read(client, channel.id, position);
  await eventually(() => readsIn(channel.id).at(-1)?.position === 3);
  expect(readsIn(channel.id).length).toBeLessThanOrEqual(2); // it may fall between two
  expect(client.all('error')).toEqual([]);
});

it('takes nothing from outsiders, and nothing malformed', async () => {
  const { channel } = await aConversation();
  const eve = await house.connect(aUser());
  read(eve, channel.id, 1, 'r1');
  expect(await eve.next('error')).toMatchObject({ code: 'NOT_FOUND' });
  expect(eve.frames.at(-1)?.requestId).toBe('r1');
  for (const position of [-1, 1.5, '1', null, 2 ** 53]) read(eve, channel.id, position);
  expect(await eve.next('error', 5)).toMatchObject({ code: 'VALIDATION_ERROR' });
  expect(readsIn(channel.id)).toEqual([]);
});

it('never closes a socket for them: too many are dropped, and the rest goes on a little later', async () => {
  const { bob, channel } = await aConversation();
  const gateway = await house.gateway({ FRAMES_PER_MINUTE: '120' });
  const client = await house.connect(bob, gateway);
  for (let i = 0; i < 400; i++) read(client, channel.id, 1 + (i % 3));
  await client.next('receipt.read');
  await eventually(async () => (await house.metric('storm_gateway_limited_frames_total', gateway)) > 100);
  expect(client.all('error')).toEqual([]);
  client.send('ping', {});
  await eventually(() => client.all('pong').length + client.all('error').length === 1);
  expect(client.closed).toBeUndefined();
});

it('knows on connecting what was read while the worker answered', async () => {
  const { bob, channel } = await aConversation();
  const first = await house.connect(bob);
  house.worker.beforeAnswer = async (question) => {
    if (question.kind !== 'memberships' || question.userId !== bob) return;
    await house.worker.tellRead({ channelId: channel.id, userId: bob, position: 2 });
    await first.next('receipt.read');
  };
  try {
    const second = await house.connect(bob);
    expect(second.all('connection.ready')).toMatchObject([{ channels: [{ position: 3, readPosition: 2, unread: 1 }] }]);
  } finally {
    house.worker.beforeAnswer = () => undefined;
  }
});

it('passes on to those who catch up, and to nobody who left', async () => {
  const { ann, bob, channel } = await aConversation();
  const [leaver, stayer] = [await house.connect(bob), await house.connect(ann)];
  await house.worker.leave(channel, bob);
  await leaver.next('channel.left');
  await house.worker.tellRead({ channelId: channel.id, userId: bob, position: 3 });
  await stayer.next('receipt.read');
  await house.worker.tellRead({ channelId: channel.id, userId: ann, position: 3 });
  await stayer.next('receipt.read', 1);
  await settled(leaver);
  expect(leaver.all('receipt.read')).toEqual([]);
});
