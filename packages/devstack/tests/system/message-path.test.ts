import { performance } from 'node:perf_hooks';
import { randomUUID } from 'node:crypto';
import { Channel, ReadQueued, type MessageState } from '@storm/shared/protocol';
import { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Socket } from '../../src/clients/socket.js';
import { rowsInDatabase } from '../../src/scenario/row.js';
import { eventually, scaled } from '../../src/testing/index.js';
import { connect, inTurns, makeChannel, registerMany, type Connected } from './support/crowd.js';
import { draft, queueByRest, queueBySocket, readHistory, storeByRest, type Draft } from './support/messages.js';
import { report, seconds } from './support/report.js';
import { startSystem, type System } from './support/system.js';

const senderCount = 50;
const channelCount = 20;
const channelsEach = 4;

let system: System;
/** Each is a member of some channels and a stranger to the others; connected in turn to the one gateway and the other. */
let crowd: Connected[];
let channels: { id: string; members: Connected[] }[];

beforeAll(async () => {
  system = await startSystem({ workers: 2, gateways: 2, apis: 2, env: () => ({ PRESENCE_GRACE_MS: '500' }) });
  const people = await registerMany((i) => system.api(i % 2), senderCount);
  const membersOf = (channel: number) =>
    people.filter((_, person) => (channel - person + 5 * channelCount) % channelCount < channelsEach);
  const made = await inTurns(
    Array.from({ length: channelCount }, (_, i) => i),
    4,
    async (i) => {
      const [owner, ...others] = membersOf(i);
      if (!owner) throw new Error('a channel without members');
      return makeChannel({ type: i % 2 ? 'public' : 'private', name: `channel ${i}`, owner, others });
    },
  );
  crowd = await inTurns([...people.entries()], 8, ([i, person]) => connect(person, system.gateway(i % 2)));
  channels = made.map(({ id }, i) => {
    const ids = new Set(membersOf(i).map((person) => person.id));
    return { id, members: crowd.filter((person) => ids.has(person.id)) };
  });
}, 120_000);

afterAll(async () => {
  await Promise.all((crowd ?? []).map(({ socket }) => socket.close()));
  await system?.stop();
});

it('brings every message once, in one order, to every member on both gateways and to nobody else', async () => {
  const each = Math.ceil(scaled(10_000, 500) / senderCount);
  const began = performance.now();
  const sent = await Promise.all(crowd.map((sender, i) => talk(sender, i, each)));
  const queued = performance.now();
  const last = await Promise.all(
    channels.map(({ id, members }) => storeByRest(someone(members).rest, draft(id, 'the last one'))),
  );
  await eventually(() => channels.every(({ members }, i) => members.every((member) => heard(member, last[i]))), {
    timeoutMs: 200_000,
    everyMs: 100,
  });
  const done = performance.now();

  const histories = new Map<string, MessageState[]>();
  for (const { id, members } of channels) histories.set(id, await readHistory(someone(members).rest, id));
  await expectStoredOnce(histories);
  expectReceived(histories);
  expectInOrderOfSending(sent, histories);
  const repeats = expectVerdicts(sent);

  const total = sent.flat().length;
  const received = crowd.reduce((sum, person) => sum + news(person).length, 0);
  report(
    `message path: ${total} messages and ${repeats} repeats from ${senderCount} senders into ${channelCount} channels queued in ` +
      `${seconds(queued - began)} s, all ${received} deliveries after ${seconds(done - began)} s`,
  );
}, 600_000);

it('answers a repeat by what it was first, by either way, and gives each user ids of their own', async () => {
  const [channel] = channels;
  const [one, other] = channel?.members ?? [];
  if (!channel || !one || !other) throw new Error('nobody there');
  const first = draft(channel.id, 'the first');
  const stored = await storeByRest(one.rest, first);
  const path = `/channels/${channel.id}/messages`;
  const send = (person: Connected, { messageId, text, clientTs }: Draft) =>
    person.rest.call(z.looseObject({ seq: z.number() }), 'POST', path, {
      body: { messageId, text, clientTs },
      headers: { prefer: 'wait=5' },
    });
  const sendBySocket = async ({ socket }: Connected, message: Draft) => {
    await queueBySocket(socket, message);
    return socket.next('message.result', ({ messageId }) => messageId === message.messageId);
  };

  const duplicate = await send(one, first);
  expect([duplicate.status, duplicate.data]).toMatchObject([200, { status: 'duplicate', seq: stored.seq, id: stored.id }]);
  expect(await sendBySocket(one, first)).toMatchObject({ status: 'duplicate', seq: stored.seq, id: stored.id });

  const altered = { ...first, text: 'something else' };
  await expect(send(one, altered)).rejects.toMatchObject({ status: 409, code: 'CONFLICT' });
  expect(await sendBySocket(one, altered)).toMatchObject({ status: 'conflict' });

  const theirs = await send(other, altered);
  expect([theirs.status, theirs.data.seq]).toEqual([201, stored.seq + 1]);
  expect(await sendBySocket(other, altered)).toMatchObject({ status: 'duplicate', seq: stored.seq + 1 });

  const history = await readHistory(one.rest, channel.id);
  const named = history.filter(({ messageId }) => messageId === first.messageId);
  expect(named.map(({ senderId, text }) => [senderId, text])).toEqual([
    [one.id, first.text],
    [other.id, altered.text],
  ]);
});

it('brings a first direct message to every device of both, and a notification to those of the other alone', async () => {
  const [ann, bob, cem] = crowd;
  if (!ann || !bob || !cem) throw new Error('nobody there');
  const devices = await Promise.all(
    [ann, bob].flatMap(({ accessToken }) => [0, 1].map((i) => Socket.connect(system.gateway(i), accessToken))),
  );
  const sockets = devices.map(({ socket }) => socket);
  const { data: dm } = await ann.rest.call(Channel, 'POST', '/dms', { body: { userId: bob.id } });
  const message = draft(dm.id, 'for the first time');
  await queueByRest(ann.rest, message);
  const toBob = sockets.slice(2);
  const told = await Promise.all(toBob.map((socket) => socket.next('notification', ({ data }) => data['channelId'] === dm.id)));
  for (const socket of sockets) {
    await socket.next('message.new', ({ messageId }) => messageId === message.messageId);
    const about = socket.kept.map(({ event, payload }) => [event, (payload as { id?: string }).id]);
    expect(about.findIndex(([event, id]) => event === 'channel.joined' && id === dm.id)).toBeGreaterThanOrEqual(0);
  }
  expect(told[0]).toMatchObject({ type: 'dm', data: { senderId: ann.id, seq: 2, position: 1 } });
  expect(told[1]).toEqual(told[0]);
  for (const socket of [...sockets.slice(0, 2), ann.socket, cem.socket]) {
    await socket.ask('ping', {});
    expect(socket.kept.filter(({ event }) => event === 'notification')).toEqual([]);
  }
  await Promise.all(sockets.map((socket) => socket.close()));
});

it('tells the members on both gateways how far one of them has read, and counts what is left', async () => {
  const [channel] = channels;
  const [one, ...others] = channel?.members ?? [];
  if (!channel || !one) throw new Error('nobody there');
  const { position } = await storeByRest(someone(others).rest, draft(channel.id, 'read me'));
  const unread = async () => (await one.rest.call(Channel, 'GET', `/channels/${channel.id}`)).data.unread;
  expect(await unread()).toBeGreaterThan(0);
  const tell = async (at: number) => {
    const fits = (read: { channelId: string; userId: string; position: number }) =>
      read.channelId === channel.id && read.userId === one.id && read.position === at;
    await Promise.all([one, ...others].map(({ socket }) => socket.next('receipt.read', fits)));
  };
  one.socket.send('channel.read', { channelId: channel.id, position: position - 1 });
  await tell(position - 1);
  expect(await unread()).toBe(1);
  await one.rest.call(ReadQueued, 'PUT', `/channels/${channel.id}/read`, { body: { position: position + 100 } });
  await tell(position);
  expect(await unread()).toBe(0);
});

it('takes nothing from who is not a member, and tells that neither the channel nor its members', async () => {
  const [channel] = channels;
  const stranger = crowd.find((person) => !channel?.members.includes(person));
  if (!channel || !stranger) throw new Error('nobody there');
  const before = await readHistory(someone(channel.members).rest, channel.id);
  await expect(queueByRest(stranger.rest, draft(channel.id, 'let me in'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const requestId = stranger.socket.send('message.send', { ...draft(channel.id, 'let me in') });
  await eventually(() => {
    const answer = stranger.socket.kept.find((frame) => frame.requestId === requestId);
    expect(answer).toMatchObject({ event: 'error', payload: { code: 'NOT_FOUND' } });
    return true;
  });
  await storeByRest(someone(channel.members).rest, draft(channel.id, 'did you hear that?'));
  expect(await readHistory(someone(channel.members).rest, channel.id)).toHaveLength(before.length + 1);
  const repeated = { ...draft(channel.id, 'let me in'), messageId: randomUUID() };
  await expect(queueByRest(stranger.rest, repeated)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('shows who is there and who types to those who share a channel, and until when somebody was seen to all', async () => {
  const [channel] = channels;
  const [one, other] = channel?.members ?? [];
  const stranger = crowd.find(
    (person) => one && channels.every(({ members }) => !(members.includes(one) && members.includes(person))),
  );
  if (!channel || !one || !other || !stranger) throw new Error('nobody there');
  one.socket.send('presence.subscribe', { userIds: [other.id, stranger.id] });
  expect((await one.socket.next('presence.snapshot')).users).toEqual([
    { userId: other.id, status: 'online', lastSeenAt: null },
    { userId: stranger.id, status: 'offline', lastSeenAt: null },
  ]);
  other.socket.send('typing', { channelId: channel.id, isTyping: true });
  expect(await one.socket.next('typing')).toEqual({ channelId: channel.id, userId: other.id, isTyping: true });
  const Presence = z.object({ online: z.number(), members: z.array(z.object({ userId: z.string() })) });
  const present = await one.rest.call(Presence, 'GET', `/channels/${channel.id}/presence`);
  expect(present.data.online).toBe(channel.members.length);
  expect(present.data.members.map(({ userId }) => userId).sort()).toEqual(channel.members.map(({ id }) => id).sort());

  const left = Date.now();
  await other.socket.close();
  const { status, lastSeenAt } = await one.socket.next('presence.changed', ({ userId }) => userId === other.id);
  expect([status, (lastSeenAt ?? 0) >= left - 1_000]).toEqual(['offline', true]);
  await eventually(async () => {
    const { data } = await stranger.rest.call(z.looseObject({ lastSeenAt: z.string() }), 'GET', `/users/${other.id}`);
    expect(Date.parse(data.lastSeenAt)).toBe(lastSeenAt);
    return true;
  });
});

interface Sent extends Draft {
  senderId: string;
  /** The way of the first copy. */
  way: 'rest' | 'socket';
  repeated: boolean;
}

/** Sends so many into the channels that the sender is in, each after the one before was queued, every fourth twice. */
async function talk(sender: Connected, number: number, count: number): Promise<Sent[]> {
  const own = channels.filter(({ members }) => members.includes(sender));
  const ways = { rest: (message: Draft) => queueByRest(sender.rest, message), socket: bySocket };
  const sent: Sent[] = [];
  for (let n = 0; n < count; n++) {
    const channel = own[n % own.length];
    if (!channel) throw new Error('a sender without a channel');
    const message = draft(channel.id, `${number}: ${n}`);
    const way = (n + number) % 2 ? ('rest' as const) : ('socket' as const);
    const repeated = n % 4 === 3;
    await ways[way](message);
    if (repeated) await ways[way === 'rest' ? 'socket' : 'rest'](message);
    sent.push({ ...message, senderId: sender.id, way, repeated });
  }
  return sent;

  function bySocket(message: Draft): Promise<void> {
    return queueBySocket(sender.socket, message);
  }
}

async function expectStoredOnce(histories: Map<string, MessageState[]>): Promise<void> {
  for (const [channelId, history] of histories) {
    const rows = (await rowsInDatabase(system.mongoUrl, system.database, { channelId })).map(({ document }) => document);
    rows.sort((a, b) => Number(a['seq']) - Number(b['seq']));
    expect(rows.map(({ seq }) => Number(seq))).toEqual(oneTo(rows.length));
    const messages = rows.filter(({ kind }) => kind === 'message');
    expect(messages.map(({ position }) => Number(position))).toEqual(oneTo(messages.length));
    expect(history.map(({ seq, position, messageId }) => [seq, position, messageId])).toEqual(
      messages.map((row) => [Number(row['seq']), Number(row['position']), String(row['changeId'])]),
    );
  }
}

function expectReceived(histories: Map<string, MessageState[]>): void {
  for (const person of crowd) {
    const log = new Map<string, MessageState[]>();
    for (const message of news(person)) log.set(message.channelId, [...(log.get(message.channelId) ?? []), message]);
    const own = channels.filter(({ members }) => members.includes(person)).map(({ id }) => id);
    expect([...log.keys()].sort()).toEqual([...own].sort());
    for (const id of own) expect(log.get(id)).toEqual(histories.get(id));
  }
}

function expectInOrderOfSending(sent: Sent[][], histories: Map<string, MessageState[]>): void {
  const stored = [...histories.values()].flat().filter(({ text }) => text !== 'the last one');
  expect(stored.map(({ messageId }) => messageId).sort()).toEqual(
    sent
      .flat()
      .map(({ messageId }) => messageId)
      .sort(),
  );
  for (const [channelId, history] of histories) {
    for (const own of sent) {
      const texts = own.filter((message) => message.channelId === channelId).map(({ text }) => text);
      const senderId = own[0]?.senderId;
      const kept = history.filter((message) => message.senderId === senderId && message.text !== 'the last one');
      expect(kept.map(({ text }) => text)).toEqual(texts);
    }
  }
}

/** What went by socket has exactly one result: `persisted` for a first copy, `duplicate` for a repeat. Answers how many repeats. */
function expectVerdicts(sent: Sent[][]): number {
  crowd.forEach(({ socket }, i) => {
    const results = socket.kept.filter((frame) => frame.event === 'message.result').map(({ payload }) => payload);
    const expected = (sent[i] ?? [])
      .filter(({ way, repeated }) => way === 'socket' || repeated)
      .map(({ messageId, way }) => [messageId, way === 'socket' ? 'persisted' : 'duplicate']);
    expect(results.map(({ messageId, status }) => [messageId, status]).sort()).toEqual(expected.sort());
  });
  return sent.flat().filter(({ repeated }) => repeated).length;
}

function news({ socket }: Connected): MessageState[] {
  return socket.kept.flatMap((frame) => (frame.event === 'message.new' ? [frame.payload] : []));
}

function heard({ socket }: Connected, message: MessageState | undefined): boolean {
  return socket.kept.some((frame) => frame.event === 'message.new' && frame.payload.id === message?.id);
}

function someone(members: readonly Connected[]): Connected {
  const [first] = members;
  if (!first) throw new Error('nobody there');
  return first;
}

const oneTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
