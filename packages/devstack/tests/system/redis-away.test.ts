import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { changesQueue, RedisNames } from '@storm/shared/contracts';
import { Channel, Message } from '@storm/shared/protocol';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Person } from '../../src/scenario/cast.js';
import { temporaryDirectory } from '../../src/process/temporary-directory.js';
import { startRedis, type RedisServer } from '../../src/redis/index.js';
import { eventually, startProxy, type TcpProxy } from '../../src/testing/index.js';
import { connect, makeChannel, registerMany, type Connected } from './support/crowd.js';
import { expectIntact } from './support/intact.js';
import { draft, readHistory, storeByRest, type Draft } from './support/messages.js';
import { arrive, expectFollowing, newestOf, type Newcomer } from './support/newcomer.js';
import { statusOf } from './support/ops.js';
import { report, seconds } from './support/report.js';
import { Sender, wayOfRest, wayOfSocket, type Attempt } from './support/sender.js';
import { startSystem, type System } from './support/system.js';

const outageMs = 5_000;
const shards = 16;

const directory = temporaryDirectory();
let server: RedisServer;
let proxy: TcpProxy;
let system: System;
let people: Person[];
let connected: Connected[];

beforeAll(async () => {
  server = await startRedis({ dir: join(directory.path, 'redis') });
  proxy = await startProxy({ target: { host: '127.0.0.1', port: server.port } });
  system = await startSystem({ workers: 2, gateways: 2, redisUrl: `redis://127.0.0.1:${proxy.port}` });
  people = await registerMany(() => system.api(), 9);
  connected = await Promise.all(people.slice(0, 5).map((person, i) => connect(person, system.gateway(i % 2))));
}, 120_000);

afterAll(async () => {
  await Promise.all((connected ?? []).map(({ socket }) => socket.close()));
  await system?.stop();
  await proxy?.stop();
  await server?.stop();
  directory.remove();
});

it.each([
  { how: 'hangs', breakIt: () => Promise.resolve(proxy.stall()), mendIt: () => Promise.resolve(proxy.resume()) },
  { how: 'is gone', breakIt: () => proxy.refuse(), mendIt: () => proxy.accept() },
  { how: 'dies', breakIt: () => server.crash(), mendIt: startAgain },
])(
  'while Redis $how: refuses sends within a second and keeps its sockets; heals by itself once it is back',
  async ({ how, breakIt, mendIt }) => {
    const [owner] = people;
    const late = people.at(-1);
    if (!owner || !late) throw new Error('nobody there');
    const { id: channelId } = await makeChannel({ name: `Redis ${how}`, owner, others: people.slice(1) });
    const early = await arrive(late, system.gateway(0));
    const senders = startSenders(channelId);
    await eventually(() => senders.every(({ queued }) => queued.length > 3), { timeoutMs: 20_000 });

    const began = performance.now();
    await breakIt();
    const marks = senders.map(({ attempts }) => attempts.length);
    const outage = sleep(outageMs);
    await expectUnreadyButAlive();
    const comes = arrive(late, system.gateway(1));
    const since = newestOf(early, channelId);
    early.socket.send('sync', { epoch: early.ready.epoch, channels: { [channelId]: since } });
    const answered = await expectAnswers({ channelId, owner, asker: early });
    await Promise.all(connected.map(({ socket }) => socket.ask('ping', {})));
    await outage;
    const during = senders.flatMap(({ attempts }, i) => attempts.slice(marks[i]));
    await mendIt();
    const mended = performance.now();

    const slowest = expectRefused(during);
    const lengths = senders.map(({ queued }) => queued.length);
    await eventually(() => senders.every(({ queued }, i) => queued.length > (lengths[i] ?? 0) + 3), { timeoutMs: 30_000 });
    const passed = performance.now();
    await Promise.all(senders.map((sender) => sender.end()));
    const history = await expectIntact({ system, channelId, rest: owner.rest, sent: senders, listeners: connected });
    const healed = performance.now();
    const newcomer = await comes;
    expect(newcomer.ready.degraded).toBe(true);
    await expectFollowing(newcomer, channelId, { history });
    expect(await early.socket.next('sync.done')).toMatchObject({ channelId, complete: true });
    await expectFollowing(early, channelId, { history, since });
    await Promise.all([early, newcomer].map(({ socket }) => socket.close()));
    for (const service of ['api', 'gateway', 'worker'] as const) {
      await eventually(async () => (await statusOf(system, service, 'readiness')).status === 200);
    }
    report(
      `Redis ${how} for ${seconds(mended - began)} s: ${during.filter(({ queued }) => !queued).length} sends refused within ` +
        `${slowest.toFixed(0)} ms, reads within ${answered.toFixed(0)} ms; who came was ` +
        `let in, degraded, after ${newcomer.ms.toFixed(0)} ms; sends passed again after ${seconds(passed - mended)} s, ${history.length} messages in order ` +
        `with every member after ${seconds(healed - mended)} s`,
    );
  },
  120_000,
);

it('goes on after Redis lost all its data: nothing of what was persisted is lost, and every order goes on', async () => {
  const [owner] = people;
  if (!owner) throw new Error('nobody there');
  const { id: channelId } = await makeChannel({ name: 'forgotten', owner, others: people.slice(1) });
  const before = [draft(channelId, 'one'), draft(channelId, 'two')];
  for (const message of before) await storeByRest(owner.rest, message);

  const redis = new Redis(server.url);
  try {
    const sent = new Map<string, Draft[]>();
    let slowest = 0;
    for (let round = 0; round < 3; round++) {
      await redis.flushall();
      const began = performance.now();
      const senders = startSenders(channelId);
      await eventually(() => senders.every(({ queued }) => queued.length > 5), { timeoutMs: 30_000 });
      slowest = Math.max(slowest, performance.now() - began);
      await Promise.all(senders.map((sender) => sender.end()));
      for (const { senderId, queued } of senders) sent.set(senderId, [...(sent.get(senderId) ?? []), ...queued]);
      // What is queued would be forgotten, too: this one is behind all of it.
      await storeByRest(owner.rest, draft(channelId, `after round ${round}`));
    }
    // Questions are refused until a worker says again that it lives, which it does once a second.
    await eventually(() => readHistory(owner.rest, channelId));
    const all = [...sent].map(([senderId, queued]) => ({ senderId, queued }));
    const history = await expectIntact({ system, channelId, rest: owner.rest, sent: all, listeners: connected });
    expect(history.slice(0, 2).map(({ messageId }) => messageId)).toEqual(before.map(({ messageId }) => messageId));
    expect(await readHistory(owner.rest, channelId)).toEqual(history);
    await eventually(async () => {
      expect(await globalConcurrency(redis)).toEqual(Array.from({ length: shards }, () => '1'));
      return true;
    });
    report(
      `Redis forgot everything, 3 times: sends passed after ${seconds(slowest)} s at most, ${history.length} messages in order`,
    );
  } finally {
    redis.disconnect();
  }
}, 120_000);

/** Four by sockets of both gateways, three by the api; the owner only listens. */
function startSenders(channelId: string): Sender[] {
  const api = system.stack.description.api[0] ?? '';
  const options = { channelId, paceMs: 40 };
  return [
    ...connected.slice(1).map(({ id, socket }) => new Sender({ ...options, senderId: id, way: wayOfSocket(socket) })),
    ...people
      .slice(5, 8)
      .map(({ id, accessToken }) => new Sender({ ...options, senderId: id, way: wayOfRest(api, accessToken) })),
  ];
}

/** All know that Redis is missing, and live. */
async function expectUnreadyButAlive(): Promise<void> {
  for (const service of ['api', 'gateway', 'worker'] as const) {
    await eventually(async () => {
      const { status, failing } = await statusOf(system, service, 'readiness');
      expect([status, failing]).toEqual([503, expect.arrayContaining(['redis'])]);
      return true;
    });
    expect(await statusOf(system, service, 'health')).toMatchObject({ status: 200 });
  }
}

/** What MongoDB can answer is answered, all else refused in time; says how long that took. */
async function expectAnswers({
  channelId,
  owner,
  asker,
}: {
  channelId: string;
  owner: Person;
  asker: Newcomer;
}): Promise<number> {
  const began = performance.now();
  const { data } = await owner.rest.call(z.array(Channel), 'GET', '/channels');
  expect(data.map(({ id }) => id)).toContain(channelId);
  const refused = { status: 503, code: 'UNAVAILABLE' };
  const read = owner.rest.call(z.array(Message), 'GET', `/channels/${channelId}/messages`);
  await expect(read).rejects.toMatchObject(refused);
  const answer = await asker.socket.ask('presence.subscribe', { userIds: people.slice(0, 3).map(({ id }) => id) });
  expect(answer).toMatchObject({ event: 'error', payload: { code: 'UNAVAILABLE' } });
  const ms = performance.now() - began;
  expect(ms).toBeLessThan(4_000);
  return ms;
}

/** What was sent while Redis was away was refused in time; answers the longest that one took. */
function expectRefused(attempts: readonly Attempt[]): number {
  const refused = attempts.filter(({ queued }) => !queued);
  expect(refused.length).toBeGreaterThan(connected.length);
  expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['UNAVAILABLE']));
  expect(refused.every(({ retryAfterMs }) => (retryAfterMs ?? 0) > 0)).toBe(true);
  const slowest = Math.max(...refused.map(({ ms }) => ms));
  expect(slowest).toBeLessThan(1_000);
  return slowest;
}

async function startAgain(): Promise<void> {
  server = await startRedis({ dir: join(directory.path, 'redis'), port: server.port });
}

function globalConcurrency(redis: Redis): Promise<(string | null)[]> {
  const names = new RedisNames(system.namespace, shards);
  const queues = Array.from({ length: shards }, (_, shard) => `${names.shardPrefix(shard)}:${changesQueue}:meta`);
  return Promise.all(queues.map((queue) => redis.hget(queue, 'concurrency')));
}
