import { typingAad } from '@storm/shared/contracts';
import { aadOf, EventSealer, generateKey, parseKeyRing } from '@storm/shared/node';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Client } from './support/client.js';
import { aChannelId, aUser, House } from './support/house.js';

let house: House;
let other: Awaited<ReturnType<House['gateway']>>;
beforeAll(async () => {
  house = await House.ready({ env: { FRAMES_PER_MINUTE: '60' } });
  other = await house.gateway();
});
afterEach(() => house.hangUp());
afterAll(() => house.close());

async function aChannel(...more: string[]) {
  const [ann, bob] = [aUser(), aUser()];
  const channel = await house.worker.createChannel(aChannelId(), ann, bob, ...more);
  return { ann, bob, channel, channelId: channel.id };
}
const type = (client: Client, channelId: string, isTyping = true) => client.send('typing', { channelId, isTyping });

/** What was sent before has been dealt with, here and, by way of a message, at all who are in the channel. */
async function settled(client: Client): Promise<void> {
  const pongs = client.all('pong').length;
  client.send('ping', {});
  await client.next('pong', pongs);
}

it('tells the other members on every gateway, and no device of the one who types, and nobody else', async () => {
  const { ann, bob, channel, channelId } = await aChannel();
  const [here, there, annElsewhere, stranger] = await Promise.all([
    house.connect(bob),
    house.connect(bob, other),
    house.connect(ann, other),
    house.connect(aUser()),
  ]);
  const annHere = await house.connect(ann);
  type(annHere, channelId);
  for (const client of [here, there]) {
    expect(await client.next('typing')).toEqual({ channelId, userId: ann, isTyping: true });
  }
  type(annHere, channelId, false);
  for (const client of [here, there]) expect(await client.next('typing', 1)).toEqual({ channelId, userId: ann, isTyping: false });
  await house.worker.say(channel, bob, 'later');
  for (const client of [annHere, annElsewhere]) {
    await client.next('message.new');
    expect(client.all('typing')).toEqual([]);
  }
  type(stranger, channelId);
  expect(await stranger.next('error')).toMatchObject({ code: 'NOT_FOUND' });
  expect([stranger.all('typing').length, here.all('typing').length]).toEqual([0, 2]);
});

it('swallows what is more than once a second, never closes for it, and leaves other frames their limit', async () => {
  const { ann, bob, channelId } = await aChannel();
  const [typist, reader] = [await house.connect(ann), await house.connect(bob, other)];
  const began = Date.now();
  for (let i = 0; i < 500; i++) type(typist, channelId);
  for (let i = 0; i < 50; i++) await settled(typist); // of 60 frames that it may send
  expect(typist.closed).toBeUndefined();
  expect(typist.all('error')).toEqual([]);
  await reader.next('typing');
  await settled(reader);
  expect(reader.all('typing').length).toBeLessThanOrEqual(1 + Math.floor((Date.now() - began) / 1_000));
});

it('ends at once for who is removed, and what comes late of it is not told', async () => {
  const { ann, bob, channel, channelId } = await aChannel();
  const [typist, reader] = [await house.connect(ann, other), await house.connect(bob)];
  type(typist, channelId);
  await reader.next('typing');
  await house.worker.spread(channel, [channel.leave(ann)]);
  expect(await reader.next('typing', 1)).toEqual({ channelId, userId: ann, isTyping: false });
  const sealer = new EventSealer(parseKeyRing(house.env['EVENT_SECRETS'] ?? ''));
  const late = (userId: string) =>
    sealer.seal(Buffer.from(JSON.stringify({ userId, isTyping: true })), aadOf(...typingAad(channelId)));
  await house.worker.redis.publish(house.names.events(channelId), late(ann));
  await house.worker.redis.publish(house.names.events(channelId), late(aUser()));
  await reader.next('typing', 2);
  expect(reader.all('typing').filter(({ userId }) => userId === ann)).toHaveLength(2);
});

it('believes nothing that is not sealed for this channel', async () => {
  const { ann, bob, channel, channelId } = await aChannel();
  const reader = await house.connect(bob);
  const signal = Buffer.from(JSON.stringify({ userId: ann, isTyping: true }));
  const genuine = new EventSealer(parseKeyRing(house.env['EVENT_SECRETS'] ?? ''));
  const forged = new EventSealer(parseKeyRing(generateKey('e1')));
  const publish = (message: Buffer) => house.worker.redis.publish(house.names.events(channelId), message);
  await publish(forged.seal(signal, aadOf(...typingAad(channelId))));
  await publish(genuine.seal(signal, aadOf(...typingAad(aChannelId()))));
  await publish(genuine.seal(Buffer.from('{"userId":1}'), aadOf(...typingAad(channelId))));
  await publish(Buffer.from([1]));
  await house.worker.say(channel, ann, 'after');
  await reader.next('message.new');
  expect(reader.all('typing')).toEqual([]);
});

it('names a few, and says of the others that there are several, once a second and not to the only one', async () => {
  const crowd = Array.from({ length: 8 }, aUser);
  const { bob, channelId } = await aChannel(...crowd);
  const reader = await house.connect(bob, other);
  const clients = await Promise.all(crowd.map((userId) => house.connect(userId)));
  for (const [i, client] of clients.entries()) {
    type(client, channelId);
    if (i < 5) await reader.next('typing', i);
    await settled(client);
  }
  const told = await Promise.all([reader.next('typing', 5), settled(reader)]).then(() => reader.all('typing'));
  expect(told.slice(0, 5)).toEqual(crowd.slice(0, 5).map((userId) => ({ channelId, userId, isTyping: true })));
  expect(told.slice(5)).toEqual([{ channelId, several: true, isTyping: true }]);
  expect(clients[5]?.all('typing').filter(({ several }) => several)).toEqual([]);
  // All of them stop, or their gateway is gone: it ends by itself.
  type(clients[0] as Client, channelId, false);
  expect(await reader.next('typing', 6)).toEqual({ channelId, userId: crowd[0], isTyping: false });
  house.clients.filter((client) => client !== reader).forEach(({ socket }) => socket.terminate());
  const ended = () => reader.all('typing').filter(({ isTyping }) => !isTyping);
  await reader.next('typing', 11);
  expect(ended()).toHaveLength(6);
  expect(ended().at(-1)).toEqual({ channelId, several: true, isTyping: false });
});
