import { eventually } from '@storm/devstack/testing';
import { messageIdOf } from '@storm/shared/contracts';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Client } from './support/client.js';
import { aChannelId, aUser, House } from './support/house.js';

let house: House;
beforeAll(async () => {
  house = await House.ready({ env: { INTAKE_SLOW_DEPTH: '3', INTAKE_REFUSE_DEPTH: '60' } });
});
afterEach(() => house.worker.start());
afterAll(() => house.close());

async function aSender(gateway = house.gateways[0]) {
  const ann = aUser();
  const channel = await house.worker.createChannel(aChannelId(), ann);
  return { ann, channel, client: await house.connect(ann, gateway) };
}

function send(client: Client, channelId: string, text: string, messageId: string = randomUUID(), requestId?: string): string {
  client.send('message.send', { messageId, channelId, text, clientTs: Date.now() }, requestId);
  return messageId;
}

const about = (client: Client, messageId: string) =>
  client.frames.filter(({ payload }) => payload['messageId'] === messageId && !('text' in payload));

it('answers a send with its ack, then exactly one result, and brings it to the members', async () => {
  const { ann, channel, client } = await aSender();
  const device = await house.connect(ann);
  const messageId = send(client, channel.id, 'hello', randomUUID(), 'r1');
  await client.next('message.result');
  const id = messageIdOf(channel.id, ann, messageId);
  expect(about(client, messageId)).toEqual([
    { event: 'message.ack', requestId: 'r1', payload: { messageId, id } },
    {
      event: 'message.result',
      requestId: 'r1',
      payload: { messageId, channelId: channel.id, id, status: 'persisted', seq: 2, position: 1 },
    },
  ]);
  expect(await client.next('message.new')).toMatchObject({ id, messageId, text: 'hello', seq: 2, position: 1 });
  expect(await device.next('message.new')).toMatchObject({ id, seq: 2 }); // the sender's other devices too
  expect(about(device, messageId)).toEqual([]);
});

it('keeps the order of the sends of one connection', async () => {
  const { channel, client } = await aSender();
  for (let i = 0; i < 15; i++) send(client, channel.id, `${i}`);
  await eventually(() => client.all('message.new').length === 15);
  expect(client.all('message.new').map(({ text }) => text)).toEqual(Array.from({ length: 15 }, (_, i) => `${i}`));
});

it('answers a resend with the first one, in any spelling of its id', async () => {
  const { channel, client } = await aSender();
  const messageId = send(client, channel.id, 'once');
  await client.next('message.result');
  send(client, channel.id, 'once', messageId.toUpperCase());
  expect(await client.next('message.result', 1)).toMatchObject({ messageId, status: 'duplicate', seq: 2, position: 1 });
  expect(client.all('message.new')).toHaveLength(1);
});

it('deletes under the id of the change', async () => {
  const { ann, channel, client } = await aSender();
  const id = messageIdOf(channel.id, ann, send(client, channel.id, 'gone soon'));
  await client.next('message.new');
  const changeId = randomUUID();
  client.send('message.delete', { changeId, channelId: channel.id, id }, 'd1');
  await client.next('message.deleted');
  expect(await client.next('message.ack', 1)).toMatchObject({ changeId });
  expect(await client.next('message.result', 1)).toMatchObject({ changeId, status: 'persisted', id });
});

it('puts edits and reactions into the queue, under the id of the change', async () => {
  const { channel, client } = await aSender();
  const id = `m${'A'.repeat(22)}`;
  const frames = [
    ['message.edit', { text: 'new' }, { kind: 'edit', id, text: 'new' }],
    ['reaction.add', { emoji: '👍' }, { kind: 'reaction', id, emoji: '👍', added: true }],
    ['reaction.remove', { emoji: '👍' }, { kind: 'reaction', id, emoji: '👍', added: false }],
  ] as const;
  for (const [i, [event, fields, body]] of frames.entries()) {
    const changeId = randomUUID();
    client.send(event, { changeId, channelId: channel.id, id, ...fields }, event);
    expect(await client.next('message.ack', i)).toMatchObject({ changeId });
    expect(await client.next('message.result', i)).toMatchObject({ changeId, channelId: channel.id, status: 'persisted' });
    expect(house.worker.taken.at(-1)).toEqual(body);
  }
});

it('refuses what is not for a member before it is queued', async () => {
  const { client } = await aSender();
  const { channel } = await aSender();
  send(client, channel.id, 'let me in', randomUUID(), 'r1');
  expect(await client.next('error')).toMatchObject({ code: 'NOT_FOUND' });
  expect(client.frames.at(-1)?.requestId).toBe('r1');
  expect(client.all('message.ack')).toEqual([]);
});

it('lets a burst of a user through, whatever its connections and gateways, then tells how long to wait', async () => {
  const { ann, channel, client } = await aSender();
  const other = await house.connect(ann, await house.gateway());
  const sent: string[] = [];
  for (let i = 0; i < 12; i++) {
    sent.push(send(client, channel.id, 'a'));
    send(other, channel.id, 'b');
  }
  await eventually(() => client.all('error').length + other.all('error').length === 4);
  const errors = [...client.all('error'), ...other.all('error')];
  for (const { code, retryAfterMs } of errors) {
    expect(code).toBe('RATE_LIMIT_EXCEEDED');
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(20_000);
  }
  await eventually(() => client.all('message.new').length === 20);
  const own = client.all('message.new').filter(({ text }) => text === 'a');
  expect(own.map(({ messageId }) => messageId)).toEqual(sent.slice(0, own.length));
});

it('slows senders down before it refuses them, and takes what it queued in order once there is a worker', async () => {
  const gateway = await house.gateway({ RATE_LIMITS: 'off' });
  const { channel, client } = await aSender(gateway);
  await house.worker.stop();
  const queued: string[] = [];
  await eventually(async () => {
    const before = client.frames.length;
    const messageId = send(client, channel.id, 'wait');
    await eventually(
      () => client.frames.length > before && (client.all('error').length > 0 || about(client, messageId).length > 0),
    );
    if (client.all('error').length === 0) queued.push(messageId);
    return client.all('error').length > 0;
  });
  expect(client.all('slow_down')[0]?.retryAfterMs).toBeGreaterThan(0);
  expect(client.all('error')[0]).toMatchObject({ code: 'UNAVAILABLE' });
  expect(client.all('error')[0]?.retryAfterMs).toBeGreaterThan(0);
  await house.worker.start();
  await eventually(() => client.all('message.result').length === queued.length);
  expect(client.all('message.new').map(({ messageId }) => messageId)).toEqual(queued);
});
