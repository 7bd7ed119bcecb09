import { eventually } from '@storm/devstack/testing';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './support/client.js';
import { aChannelId, aUser, House } from './support/house.js';

let house: House;
let channelId: string;
let ann: string;
beforeAll(async () => {
  house = await House.ready();
  ann = aUser();
  channelId = (await house.worker.createChannel(aChannelId(), ann)).id;
});
afterEach(() => house.hangUp());
afterAll(() => house.close());

async function isAlive(client: Client): Promise<void> {
  const pongs = client.all('pong').length;
  client.send('ping', {});
  await client.next('pong', pongs);
}

const send = { messageId: randomUUID(), channelId: '', text: 'text', clientTs: 1 };
const wrong = [
  undefined,
  null,
  0,
  -1,
  1.5,
  true,
  '',
  'x',
  [],
  {},
  { $ne: null },
  { $gt: '' },
  '\u0000',
  'x'.repeat(5_000),
  '\ud800',
];
const fields: [string, Record<string, unknown>, string][] = [
  ...Object.keys(send).map((name): [string, Record<string, unknown>, string] => ['message.send', send, name]),
  ['message.send', { ...send, threadId: null }, 'threadId'],
  ...['changeId', 'channelId', 'id'].map((name): [string, Record<string, unknown>, string] => [
    'message.delete',
    { changeId: randomUUID(), channelId: '', id: `m${'A'.repeat(22)}` },
    name,
  ]),
  ...['changeId', 'channelId', 'id', 'text'].map((name): [string, Record<string, unknown>, string] => [
    'message.edit',
    { changeId: randomUUID(), channelId: '', id: `m${'A'.repeat(22)}`, text: 'new' },
    name,
  ]),
  ...['reaction.add', 'reaction.remove'].map((event): [string, Record<string, unknown>, string] => [
    event,
    { changeId: randomUUID(), channelId: '', id: `m${'A'.repeat(22)}`, emoji: '👍' },
    'emoji',
  ]),
  ['sync', { epoch: 'epoch-1', channels: {} }, 'epoch'],
  ['sync', { epoch: 'epoch-1', channels: {} }, 'channels'],
  ['typing', { channelId: '', isTyping: true }, 'isTyping'],
  ['presence.subscribe', {}, 'userIds'],
  ['presence.set', {}, 'status'],
  ['ping', {}, 'extra'],
];
/** What is right in one place and wrong in another. */
const isFine = (name: string, value: unknown) =>
  (name === 'text' && (value === 'x' || value === '\u0000')) ||
  (name === 'clientTs' && value === 0) ||
  (name === 'threadId' && (value === null || value === undefined)) ||
  (name === 'isTyping' && value === true) ||
  (name === 'epoch' && ['x', '\u0000', '\ud800'].includes(value as string)) ||
  (name === 'channels' && JSON.stringify(value) === '{}') ||
  (name === 'extra' && value === undefined);

it.each(fields.map(([event, payload, name]) => ({ event, payload, name })))(
  'answers every wrong type of $name in $event with an error that names it',
  async ({ event, payload, name }) => {
    for (const value of wrong.filter((value) => !isFine(name, value))) {
      const client = await house.connect(ann);
      client.send(event, { ...payload, ...('channelId' in payload ? { channelId } : {}), [name]: value }, 'r');
      const error = await client.next('error');
      expect(error.code).toBe('VALIDATION_ERROR');
      expect(client.frames.at(-1)?.requestId).toBe('r');
      expect(JSON.stringify(error.details)).toContain(name);
      await isAlive(client);
      client.socket.terminate();
    }
  },
);

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
it.each([
  ['no JSON', '{'],
  ['an empty frame', ''],
  ['null', 'null'],
  ['a number', '1'],
  ['a list', '[{"event":"ping"}]'],
  ['no event', '{"payload":{}}'],
  ['an event that is no string', '{"event":{"$ne":null}}'],
  ['an unknown event', '{"event":"message.fly","payload":{}}'],
  ["an event named like an object's own", '{"event":"constructor","payload":{}}'],
  ['__proto__ as event', '{"event":"__proto__","payload":{}}'],
  ['__proto__ beside it', '{"event":"ping","__proto__":{"polluted":1}}'],
  ['__proto__ in the payload', '{"event":"ping","payload":{"__proto__":{"polluted":1}}}'],
  ['__proto__ in channels', '{"event":"sync","payload":{"epoch":"e","channels":{"__proto__":{"polluted":1},"x":1}}}'],
  ['an unknown field', '{"event":"ping","admin":true}'],
  ['a request id that is none', '{"event":"ping","requestId":5}'],
  ['a request id that is too long', `{"event":"ping","requestId":"${'r'.repeat(129)}"}`],
  ['a payload that is none', '{"event":"ping","payload":"x"}'],
  ['nesting 30,000 deep', `{"event":"ping","payload":{"x":${nested(30_000)}}}`],
  ['nothing but brackets', '['.repeat(60_000)],
])('answers %s with an error, and goes on', async (_name, text) => {
  const client = await house.connect(ann);
  client.raw(text);
  expect(await client.next('error')).toMatchObject({ code: 'VALIDATION_ERROR' });
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
  await isAlive(client);
});

it('never shows what was sent in what it says of it', async () => {
  const client = await house.connect(ann);
  client.send('message.send', {
    ...send,
    channelId,
    text: { secret: 'canary-text' },
    messageId: 'canary-id',
    clientTs: 'canary',
  });
  const error = await client.next('error');
  expect(JSON.stringify(error)).not.toContain('canary');
});

describe('the WebSocket layer', () => {
  it('refuses binary frames, and goes on', async () => {
    const client = await house.connect(ann);
    client.raw(Buffer.from('{"event":"ping"}'), true);
    expect(await client.next('error')).toMatchObject({ code: 'VALIDATION_ERROR', message: 'Binary frames are refused' });
    await isAlive(client);
  });

  it('takes 64 KiB, and closes with 1009 past it', async () => {
    const client = await house.connect(ann);
    const frame = (size: number) => {
      const empty = JSON.stringify({ event: 'ping', payload: { x: '' } }).length;
      return JSON.stringify({ event: 'ping', payload: { x: 'x'.repeat(size - empty) } });
    };
    client.raw(frame(64 * 1024));
    await client.next('error');
    client.raw(frame(64 * 1024 + 1));
    expect(await client.close()).toBe(1009);
  });

  it('closes with 1007 on what is not UTF-8', async () => {
    const client = await house.connect(ann);
    client.socket.send(Buffer.from([0x22, 0xc3, 0x28, 0x22]), { binary: false });
    expect(await client.close()).toBe(1007);
  });

  it('closes with 4429 who goes on sending what is refused', async () => {
    const client = await house.connect(ann);
    for (let i = 0; i < 30; i++) client.raw('{');
    expect(await client.close()).toBe(4429);
    expect(client.all('error')).toHaveLength(20);
  });

  it('answers frames over the limit, then closes with 4429', async () => {
    const gateway = await house.gateway({ FRAMES_PER_MINUTE: '10' });
    const client = await house.connect(aUser(), gateway);
    for (let i = 0; i < 40; i++) client.send('ping', {});
    expect(await client.close()).toBe(4429);
    expect(client.all('pong')).toHaveLength(10);
    expect(client.all('error')[0]).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' });
    expect(await house.metric('storm_gateway_limited_frames_total', gateway)).toBeGreaterThan(20);
  });

  it.each([
    ['a broken request line', 'GARBAGE\r\n\r\n'],
    ['a reset in the middle of an upgrade', 'GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n'],
    ['an upgrade without a key', 'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['an upgrade to what is no URL', 'GET // HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
  ])('survives %s', async (_name, text) => {
    const socket = connect(house.gateways[0]?.port ?? 0, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(text);
    await eventually(() => socket.bytesWritten > 0);
    socket.resetAndDestroy();
    await isAlive(await house.connect(ann));
  });
});
