import { setTimeout as sleep } from 'node:timers/promises';
import { changesQueue, RedisNames } from '@storm/shared/contracts';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Person } from '../../src/scenario/cast.js';
import { eventually, scaled, startProxy, testMongoUrl, type TcpProxy } from '../../src/testing/index.js';
import { connect, makeChannel, registerMany, type Connected } from './support/crowd.js';
import { expectIntact } from './support/intact.js';
import { draft, storeByRest, type Draft } from './support/messages.js';
import { arrive, expectFollowing, newestOf, type Newcomer } from './support/newcomer.js';
import { statusOf } from './support/ops.js';
import { report, seconds } from './support/report.js';
import { Sender, wayOfRest, wayOfSocket, type Attempt } from './support/sender.js';
import { startSystem, type System } from './support/system.js';

const shards = 16;
/** How long a worker may take for an answer. */
const questionMs = 5_000;
const outageMs = scaled(20_000, 6_000);
/** Jobs of the shard. Low, so that the outage is long enough for all that intake can say. */
const [slowDepth, refuseDepth] = [20, 60];
/** What may still come in, as intake looks at the queue four times a second. */
const slack = 40;

let proxy: TcpProxy;
let system: System;
let redis: Redis;
let people: Person[];
let connected: Connected[];

beforeAll(async () => {
  const { hostname: host, port } = new URL(testMongoUrl());
  proxy = await startProxy({ target: { host, port: Number(port) } });
  system = await startSystem({
    gateways: 1,
    env: (service) => ({
      ...(service === 'gateway' ? {} : { MONGO_URL: `mongodb://127.0.0.1:${proxy.port}/` }),
      INTAKE_SLOW_DEPTH: String(slowDepth),
      INTAKE_REFUSE_DEPTH: String(refuseDepth),
    }),
  });
  redis = new Redis(system.redisUrl);
  people = await registerMany(() => system.api(), 11);
  connected = await Promise.all(people.slice(0, 5).map((person) => connect(person, system.gateway(0))));
}, 120_000);

afterAll(async () => {
  await Promise.all((connected ?? []).map(({ socket }) => socket.close()));
  await system?.stop();
  redis?.disconnect();
  await proxy?.stop();
});

it.each([
  { how: 'is gone', breakIt: () => proxy.refuse(), mendIt: () => proxy.accept() },
  { how: 'hangs', breakIt: () => Promise.resolve(proxy.stall()), mendIt: () => Promise.resolve(proxy.resume()) },
])(
  'while MongoDB $how: goes on queueing, then slows senders down, then refuses; stores all of it in order once it is back',
  async ({ how, breakIt, mendIt }) => {
    const { owner, stranger, late, socketPeople, restPeople } = cast();
    const { id: channelId } = await makeChannel({ name: `MongoDB ${how}`, owner, others: people.slice(1) });
    const early = await arrive(late, system.gateway(0));
    // Who sent before is known to the api.
    const before = new Map(people.slice(5, 9).map(({ id }) => [id, draft(channelId, 'known to the api')]));
    for (const { id, rest } of restPeople) await storeByRest(rest, before.get(id) ?? draft(channelId, ''));

    const api = system.stack.description.api[0] ?? '';
    const options = { channelId, paceMs: 40 };
    const socketSenders = socketPeople.map(
      ({ id, socket }) => new Sender({ ...options, senderId: id, way: wayOfSocket(socket) }),
    );
    const restSenders = restPeople.map(
      ({ id, accessToken }) => new Sender({ ...options, senderId: id, way: wayOfRest(api, accessToken) }),
    );
    const senders = [...socketSenders, ...restSenders];
    await eventually(() => senders.every(({ queued }) => queued.length > 3), { timeoutMs: 20_000 });

    const began = performance.now();
    await breakIt();
    const marks = senders.map(({ attempts }) => attempts.length);
    const outage = sleep(outageMs);
    await expectUnreadyButAlive();
    const comes = arrive(late, system.gateway(0));
    const since = await expectSynced(early, channelId);
    const answers = expectNoAnswers(owner, channelId);
    const unknown = await wayOfRest(api, stranger.accessToken)(draft(channelId, 'unknown to the api'));
    expect(unknown).toMatchObject({ queued: false, code: 'UNAVAILABLE' });
    expect(unknown.retryAfterMs).toBeGreaterThan(0);
    const unanswered = await answers;
    const newcomer = await comes;
    expect(newcomer.ready).toMatchObject({ degraded: true, channels: [] });
    await outage;
    const during = senders.map(({ attempts }, i) => attempts.slice(marks[i]));
    const depth = await depthOf(channelId);
    await mendIt();
    const mended = performance.now();

    for (const attempts of during) expectPhases(attempts);
    expect(depth).toBeGreaterThanOrEqual(refuseDepth);
    expect(depth).toBeLessThan(refuseDepth + slack);
    // Sends pass again once somebody has drained the queue.
    const lengths = senders.map(({ queued }) => queued.length);
    await eventually(() => senders.every(({ queued }, i) => queued.length > (lengths[i] ?? 0) + 3), { timeoutMs: 60_000 });
    const passed = performance.now();
    await Promise.all(senders.map((sender) => sender.end()));

    const sent = senders.map(({ senderId, queued }) => {
      const first = before.get(senderId);
      return { senderId, queued: first ? [first, ...queued] : queued };
    });
    const history = await expectIntact({ system, channelId, rest: owner.rest, sent, listeners: connected });
    expect(history.some(({ senderId }) => senderId === stranger.id)).toBe(false);
    await expectFollowing(early, channelId, { history, since });
    await expectFollowing(newcomer, channelId, { history });
    await Promise.all([early, newcomer].map(({ socket }) => socket.close()));
    for (const [i, { queued }] of socketSenders.entries()) await expectVerdicts(socketPeople[i], queued);
    for (const service of ['api', 'worker'] as const) {
      await eventually(async () => (await statusOf(system, service, 'readiness')).status === 200);
    }
    const all = during.flat();
    report(
      `MongoDB ${how} for ${seconds(mended - began)} s: ${count(all, true)} sends queued meanwhile, ${count(all, false)} refused ` +
        `within ${Math.max(...all.filter(({ queued }) => !queued).map(({ ms }) => ms)).toFixed(0)} ms, ${depth} jobs waited; ` +
        `reads were refused within ${unanswered.toFixed(0)} ms, who came was let in, degraded, after ${newcomer.ms.toFixed(0)} ms; ` +
        `sends passed again after ${seconds(passed - mended)} s, ${history.length} messages in order`,
    );
  },
  180_000,
);

/** Once the outage is known to it, a service is unready, names what is missing, and lives. The gateway does not need MongoDB. */
async function expectUnreadyButAlive(): Promise<void> {
  for (const service of ['api', 'worker'] as const) {
    await eventually(async () => {
      expect(await statusOf(system, service, 'readiness')).toEqual({ status: 503, failing: ['mongo'] });
      return true;
    });
    expect(await statusOf(system, service, 'health')).toEqual({ status: 200, failing: ['mongo'] });
  }
  expect(await statusOf(system, 'gateway', 'readiness')).toEqual({ status: 200, failing: [] });
}

/** One who was there catches up from the recent log; answers up to where. */
async function expectSynced({ socket, ready }: Pick<Newcomer, 'socket' | 'ready'>, channelId: string): Promise<number> {
  const newest = newestOf({ socket, ready }, channelId);
  socket.send('sync', { epoch: ready.epoch, channels: { [channelId]: newest - 1 } });
  expect(await socket.next('sync.changes')).toMatchObject({ channelId, from: newest - 1, to: newest });
  expect(await socket.next('sync.done')).toEqual({ channelId, to: newest, complete: true });
  return newest;
}

/** What only MongoDB knows is refused in time; says how long that took at most. */
async function expectNoAnswers({ rest }: Person, channelId: string): Promise<number> {
  const began = performance.now();
  const refused = { status: 503, code: 'UNAVAILABLE' };
  const times = await Promise.all(
    [`/channels/${channelId}/messages`, `/channels/${channelId}/changes?since=1`, '/channels', '/users/me'].map(async (path) => {
      await expect(rest.call(z.unknown(), 'GET', path)).rejects.toMatchObject(refused);
      return performance.now() - began;
    }),
  );
  const ms = Math.max(...times);
  expect(ms).toBeLessThan(questionMs + 1_000);
  return ms;
}

/** Queued first, then queued and told to slow down, then refused at once until the end. */
function expectPhases(attempts: readonly Attempt[]): void {
  expect(attempts[0]).toMatchObject({ queued: true, slowDown: false });
  const refusedFrom = attempts.findIndex(({ queued }) => !queued);
  const slowedFrom = attempts.findIndex(({ slowDown }) => slowDown);
  expect(slowedFrom).toBeGreaterThan(0);
  expect(refusedFrom).toBeGreaterThan(slowedFrom);
  for (const refused of attempts.slice(refusedFrom)) {
    expect(refused).toMatchObject({ queued: false, code: 'UNAVAILABLE' });
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    expect(refused.ms).toBeLessThan(2_000);
  }
}

/** Exactly one result for each that was queued. */
async function expectVerdicts(sender: Connected | undefined, queued: readonly Draft[]): Promise<void> {
  const ids = new Set(queued.map(({ messageId }) => messageId));
  await eventually(() => {
    const results = (sender?.socket.kept ?? []).flatMap((frame) =>
      frame.event === 'message.result' && ids.has(frame.payload.messageId ?? '') ? [frame.payload] : [],
    );
    expect(results.map(({ messageId }) => messageId)).toEqual([...ids]);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['persisted']));
    return true;
  });
}

/** Jobs that wait in the queue of the channel's shard. */
function depthOf(channelId: string): Promise<number> {
  const names = new RedisNames(system.namespace, shards);
  return redis.llen(`${names.shardPrefix(names.shardOf(channelId))}:${changesQueue}:wait`);
}

function cast() {
  const [owner] = people;
  const [stranger, late] = people.slice(-2);
  if (!owner || !stranger || !late) throw new Error('nobody there');
  return { owner, stranger, late, socketPeople: connected.slice(1), restPeople: people.slice(5, 9) };
}

const count = (attempts: readonly Attempt[], queued: boolean) => attempts.filter((attempt) => attempt.queued === queued).length;
