import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Channel, Message, type MessageState } from '@storm/shared/protocol';
import { infoField } from '@storm/shared/node';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Person } from '../../src/scenario/cast.js';
import { temporaryDirectory } from '../../src/process/temporary-directory.js';
import { startRedis, type RedisServer } from '../../src/redis/index.js';
import { eventually, scaled } from '../../src/testing/index.js';
import { connect, makeChannel, registerMany, type Connected } from './support/crowd.js';
import { expectIntact } from './support/intact.js';
import { draft, queueBySocket, storeByRest, type Draft } from './support/messages.js';
import { arrive, expectFollowing, type Newcomer } from './support/newcomer.js';
import { statusOf } from './support/ops.js';
import { report, seconds } from './support/report.js';
import { Sender, wayOfRest, wayOfSocket } from './support/sender.js';
import { startSystem, type System } from './support/system.js';

const maxMegabytes = scaled(48, 32);
/** At least: until all senders are refused, if that takes longer. */
const outageMs = scaled(30_000);

const directory = temporaryDirectory();
let server: RedisServer;
let redis: Redis;
let system: System;
let people: Person[];
let connected: Connected[];
/** Comes while there is no worker. */
let newcomer: Newcomer | undefined;

beforeAll(async () => {
  server = await startRedis({ dir: join(directory.path, 'redis'), maxmemory: `${maxMegabytes}mb` });
  redis = new Redis(server.url);
  // No limit but memory: it is what must hold when all else fails.
  const limits = { INTAKE_SLOW_DEPTH: '100000', INTAKE_REFUSE_DEPTH: '100000', INTAKE_REFUSE_AGE_MS: '86400000' };
  system = await startSystem({ redisUrl: server.url, env: () => limits });
  people = await registerMany(() => system.api(), 26);
  connected = await Promise.all(people.slice(0, 13).map((person, i) => connect(person, system.gateway(i % 2))));
}, 120_000);

afterAll(async () => {
  await Promise.all([...(connected ?? []), ...(newcomer ? [newcomer] : [])].map(({ socket }) => socket.close()));
  await system?.stop();
  redis?.disconnect();
  await server?.stop();
  directory.remove();
});

it('without a worker queues until Redis is as full as it may be, and a worker then drains it to the last one', async () => {
  const [owner, ...others] = people;
  const late = people.at(-1);
  const [listener, other] = connected;
  if (!owner || !late || !listener || !other) throw new Error('nobody there');
  const { id: channelId } = await makeChannel({ name: 'unattended', owner, others });
  const { seq } = await storeByRest(owner.rest, draft(channelId, 'while somebody works'));
  listener.socket.send('presence.subscribe', { userIds: [late.id] });
  await listener.socket.next('presence.snapshot');

  const worker = system.stack.services.worker[0]?.process;
  await worker?.stop();
  const outage = sleep(outageMs);
  await expectReady();
  const whileCalm = await expectCalm({ channelId, seq, late, listener, other });
  const api = system.stack.description.api[0] ?? '';
  const options = { channelId, paceMs: 0, text: (n: number) => `${n} `.padEnd(4_000, 'x') };
  const socketSenders = connected
    .slice(1)
    .map(({ id, socket }) => new Sender({ ...options, senderId: id, way: wayOfSocket(socket) }));
  const senders = [
    ...socketSenders,
    ...people.slice(13, -1).map(({ id, accessToken }) => {
      return new Sender({ ...options, senderId: id, way: wayOfRest(api, accessToken) });
    }),
  ];
  const began = performance.now();
  await eventually(() => senders.every(({ attempts }) => attempts.at(-1)?.queued === false), { timeoutMs: 120_000 });
  const full = performance.now();
  const queued = senders.reduce((sum, sender) => sum + sender.queued.length, 0);
  const refused = senders.flatMap(({ attempts }) => attempts.filter((attempt) => !attempt.queued));
  expect(refused.every(({ code, retryAfterMs }) => code === 'UNAVAILABLE' && (retryAfterMs ?? 0) > 0)).toBe(true);
  expect(senders.some(({ attempts }) => attempts.some(({ slowDown }) => slowDown))).toBe(true);
  // It is full and stays so: refusals go on, and memory with them.
  const marks = senders.map(({ attempts }) => attempts.length);
  await eventually(() => senders.every(({ attempts }, i) => attempts.length > (marks[i] ?? 0) + 3), { timeoutMs: 30_000 });
  const memory = await usedMegabytes('used_memory');
  const peak = await usedMegabytes('used_memory_peak');
  expect(memory).toBeGreaterThan(0.6 * maxMegabytes);
  expect(peak).toBeLessThan(0.8 * maxMegabytes);

  await outage;
  const answered = await expectNoAnswers({ channelId, owner, listener, stranger: other });
  await expectReady();
  const { data: mine } = await owner.rest.call(z.array(Channel), 'GET', '/channels');
  expect(mine).toHaveLength(1);

  const ended = Promise.all(senders.map((sender) => sender.end()));
  await worker?.start();
  const there = performance.now();
  await ended;
  for (const [i, sender] of socketSenders.entries()) await expectVerdicts(connected[i + 1], sender);
  const sent = [...senders, { senderId: late.id, queued: [whileCalm.message] }];
  const history = await expectIntact({ system, channelId, rest: owner.rest, sent, listeners: connected });
  await expectCaughtUp(whileCalm, channelId, history);
  report(
    `no worker: ${queued} messages of 4,000 characters queued in ${seconds(full - began)} s, then refused; Redis used ` +
      `${memory.toFixed(1)} of ${maxMegabytes} MB, ${peak.toFixed(1)} at most; a question was refused in ` +
      `${answered.toFixed(0)} ms; a worker stored all ${history.length} in ${seconds(performance.now() - there)} s`,
  );
}, 240_000);

/** Who is there has all that it needs; that nobody works shows in the missing worker alone. */
async function expectReady(): Promise<void> {
  for (const service of ['api', 'gateway'] as const)
    expect(await statusOf(system, service, 'readiness')).toEqual({ status: 200, failing: [] });
  await expect(statusOf(system, 'worker', 'readiness')).rejects.toThrow('fetch failed');
}

interface Calm {
  channelId: string;
  /** Of the last change that a worker stored. */
  seq: number;
  late: Person;
  listener: Connected;
  other: Connected;
}

/**
 * What goes on without a worker: who comes is let in, `degraded`, is seen to be there, may send, and hears who types; a new
 * channel is taken in, and one who was there catches up from the recent log. Answers what a worker owes them.
 */
async function expectCalm({ channelId, seq, late, listener, other }: Calm) {
  newcomer = await arrive(late, system.gateway(0));
  expect(newcomer.ready).toMatchObject({ degraded: true, channels: [] });
  expect(await listener.socket.next('presence.changed')).toMatchObject({ userId: late.id, status: 'online' });
  const message = draft(channelId, 'from one who came late');
  await queueBySocket(newcomer.socket, message);
  // Nobody knows yet that this one may hear of the channel: its answer waits, like the channel.
  newcomer.socket.send('sync', { epoch: newcomer.ready.epoch, channels: { [channelId]: seq } });
  other.socket.send('typing', { channelId, isTyping: true });
  expect(await listener.socket.next('typing')).toMatchObject({ channelId, userId: other.id });
  const synced = await other.socket.ask('sync', { epoch: newcomer.ready.epoch, channels: { [channelId]: seq - 1 } });
  expect(synced).toMatchObject({ event: 'sync.changes', payload: { from: seq - 1, to: seq } });
  expect(await other.socket.next('sync.done')).toEqual({ channelId, to: seq, complete: true });
  const creation = late.rest.call(z.unknown(), 'POST', '/channels', { body: { name: 'begun without a worker' } });
  return { newcomer, seq, message, creation };
}

/** Who asks what only a worker can read is refused at once; answers how long that took at most. */
async function expectNoAnswers({
  channelId,
  owner,
  listener,
  stranger,
}: {
  channelId: string;
  owner: Person;
  listener: Connected;
  stranger: Connected;
}) {
  const began = performance.now();
  const refused = { status: 503, code: 'UNAVAILABLE' };
  const path = `/channels/${channelId}`;
  await expect(owner.rest.call(z.array(Message), 'GET', `${path}/messages`)).rejects.toMatchObject(refused);
  await expect(owner.rest.call(z.unknown(), 'GET', `${path}/changes?since=1`)).rejects.toMatchObject(refused);
  const answer = await listener.socket.ask('presence.subscribe', { userIds: [stranger.id] });
  expect(answer).toMatchObject({ event: 'error', payload: { code: 'UNAVAILABLE' } });
  const ms = performance.now() - began;
  expect(ms).toBeLessThan(1_000);
  return ms;
}

/** Who came meanwhile has its channels now, a verdict, and what came after; the channel that was taken in is there. */
async function expectCaughtUp(
  {
    newcomer,
    seq,
    message,
    creation,
  }: { newcomer: Newcomer; seq: number; message: Draft; creation: Promise<{ status: number }> },
  channelId: string,
  history: readonly MessageState[],
): Promise<void> {
  const { socket, rest } = newcomer;
  expect(await socket.next('message.result')).toMatchObject({ messageId: message.messageId, status: 'persisted' });
  const { to, complete } = await socket.next('sync.done');
  await expectFollowing(newcomer, channelId, { history, since: complete ? seq : to });
  expect((await creation).status).toBe(202);
  await eventually(async () => {
    const { data } = await rest.call(z.array(Channel), 'GET', '/channels');
    expect(data.map(({ name }) => name).sort()).toEqual(['begun without a worker', 'unattended']);
    return true;
  });
}

/** Each that was queued has one result: it is stored. */
async function expectVerdicts(sender: Connected | undefined, { queued }: Sender): Promise<void> {
  await eventually(
    () => {
      const results = (sender?.socket.kept ?? []).flatMap((frame) => (frame.event === 'message.result' ? [frame.payload] : []));
      expect(results.map(({ messageId, status }) => [messageId, status])).toEqual(
        queued.map(({ messageId }) => [messageId, 'persisted']),
      );
      return true;
    },
    { timeoutMs: 60_000, everyMs: 200 },
  );
}

async function usedMegabytes(field: 'used_memory' | 'used_memory_peak'): Promise<number> {
  return Number(infoField(await redis.info('memory'), field)) / 2 ** 20;
}
