import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Channel, limits, Member, OnlineStatus, Receipt, UserId } from '@storm/shared/protocol';
import { openStore, type Store } from '@storm/store';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { metric } from '../../src/clients/metric.js';
import { MongoCounter } from '../../src/mongo/index.js';
import { temporaryDirectory } from '../../src/process/temporary-directory.js';
import { startRedis, type RedisServer } from '../../src/redis/index.js';
import { register, type Person } from '../../src/scenario/cast.js';
import { Counted, eventually, scaled, testMongoUrl } from '../../src/testing/index.js';
import { insertChannels, insertMembers } from './support/in-bulk.js';
import { Listener } from './support/listener.js';
import { redisCalls, subscribedTo } from './support/redis-calls.js';
import { report, seconds } from './support/report.js';
import { startSystem, type System } from './support/system.js';

const kibi = 1_024;
/** Of a user, and of a channel. */
const channelCounts = [...new Set([100, scaled(1_000, 100), scaled(10_000)])];
const memberCounts = [...new Set([1_000, scaled(10_000, 1_000), scaled(100_000)])];
const messages = 10;
/** What the services do by themselves meanwhile, and what comes a moment later for many things at once. */
const slack = 10;

const directory = temporaryDirectory();
let server: RedisServer;
let redis: Redis;
/** What worker and api ask MongoDB. */
let counters: { worker: MongoCounter; api: MongoCounter };
let system: System;
let store: Store;

beforeAll(async () => {
  server = await startRedis({ dir: join(directory.path, 'redis') });
  redis = new Redis(server.url);
  counters = { worker: await MongoCounter.start(testMongoUrl()), api: await MongoCounter.start(testMongoUrl()) };
  const quiet = { BEAT_MS: '3600000', SWEEP_MS: '3600000' };
  system = await startSystem({
    gateways: 1,
    redisUrl: server.url,
    env: (service) => (service === 'gateway' ? {} : { MONGO_URL: counters[service].url, ...quiet }),
  });
  store = openStore({ url: system.mongoUrl, database: system.database });
}, 120_000);

afterAll(async () => {
  await store?.close();
  await system?.stop();
  await Promise.all([counters?.worker.stop(), counters?.api.stop()]);
  redis?.disconnect();
  await server?.stop();
  directory.remove();
});

it('a user may be in many channels: what a device costs grows with them, and a delivery does not', async () => {
  const subscribed = await subscribedTo(redis);
  for (const count of channelCounts) {
    const person = await register(system.api(), 'member');
    const ids = await insertChannels(store, count, [person.id]);
    const connect = () => costOf(() => Listener.connect(system.gateway(0), person.accessToken, count));
    const rssBefore = await gatewayRss();

    const quiet = await connect();
    const rss = (await gatewayRss()) - rssBefore;
    expect(new Set(quiet.result.cursors.map(({ channelId }) => channelId))).toEqual(new Set(ids));
    expectConnect(quiet, { count, isFirst: true });
    expect(await subscribedTo(redis)).toBe(subscribed + count + 1);

    const second = await connect();
    expectConnect(second, { count });
    expect(await subscribedTo(redis)).toBe(subscribed + count + 1);

    await sendToEach(second.result, ids);
    for (const { result } of [quiet, second]) {
      await eventually(() => result.messages.size === count, { timeoutMs: 60_000 });
      expect([...result.messages.values()].every((times) => times === 1)).toBe(true);
    }

    const busy = await connect();
    expectConnect(busy, { count });
    expect(busy.result.cursors.every(({ seq, position }) => seq === 2 && position === 1)).toBe(true);
    for (const { result } of [quiet, second, busy]) await result.end();
    await eventually(async () => (await subscribedTo(redis)) === subscribed, { timeoutMs: 30_000 });

    const listed = await costOf(() => listAll(Channel, person, '/channels'));
    expect(new Set(listed.result.map(({ id }) => id))).toEqual(new Set(ids));
    expect(listed.api.sum('from')).toBeLessThanOrEqual(3 * count + slack);
    expect(listed.api.sum() - listed.api.sum('from')).toBeLessThanOrEqual(8 * Math.ceil(count / limits.pageSizeMax) + slack);

    const [ready = 0, ...more] = quiet.result.sizes;
    report(
      `growth: ${count} channels of a user: connection.ready ${kib(ready)}, then ${more.length} channels.more of ` +
        `${kib(Math.max(0, ...more))} at most; all of it after ${seconds(quiet.result.completeMs)} s where they are quiet, ` +
        `${seconds(busy.result.completeMs)} s where they are busy; MongoDB ${reads(quiet.worker)}, Redis ${quiet.redis.of('subscribe')} ` +
        `SUBSCRIBE and ${quiet.redis.of('hmget')} HMGET; gateway ${kib(rss / count)} a channel; GET /channels ${seconds(listed.ms)} s`,
    );
  }
}, 900_000);

it('a channel may have many members: what happens in it costs the same as in a small one, and lists go by pages', async () => {
  const costs: Record<string, Counted>[] = [];
  for (const count of memberCounts) {
    const owner = await register(system.api(), 'owner');
    const other = await register(system.api(), 'other');
    const [channelId = ''] = await insertChannels(store, 1, [owner.id, other.id]);
    const ids = [owner.id, other.id, ...(await insertMembers(store, channelId, count - 2))].sort();

    const [mine, theirs] = [
      await Listener.connect(system.gateway(0), owner.accessToken, 1),
      await Listener.connect(system.gateway(0), other.accessToken, 1),
    ];
    await sendToEach(mine, [channelId]); // a first message has to make the channel's key, and finds nothing in memory
    const acts: Record<string, () => Promise<unknown>> = {
      connect: async () => (await Listener.connect(system.gateway(0), other.accessToken, 1)).end(),
      messages: async () => {
        const before = theirs.messages.get(channelId) ?? 0;
        for (let i = 0; i < messages; i++) await sendToEach(mine, [channelId]);
        await eventually(() => theirs.messages.get(channelId) === before + messages, { everyMs: 5 });
      },
      read: async () => {
        theirs.say('channel.read', { channelId, position: messages });
        await eventually(() => (theirs.reads.get(channelId) ?? 0) >= messages, { everyMs: 5 });
      },
      leave: () => other.rest.call(z.unknown(), 'POST', `/channels/${channelId}/leave`),
      add: () => owner.rest.call(Member, 'POST', `/channels/${channelId}/members`, { body: { userId: other.id } }),
      'page of members': () => page(Member, owner, `/channels/${channelId}/members`),
      'page of receipts': () => page(Receipt, owner, `/channels/${channelId}/receipts`),
    };
    const own: Record<string, Counted> = {};
    for (const [name, act] of Object.entries(acts)) own[name] = all(await costOf(act));
    costs.push(own);

    const counted = await costOf(() => presence(owner, channelId));
    expect(counted.result).toBe(2);
    expect(counted.api.of('from memberships')).toBeLessThanOrEqual(count + membersLookedAt + slack);
    const again = await costOf(() => presence(owner, channelId));
    expect(again.api.of('from memberships')).toBeLessThanOrEqual(membersLookedAt + slack);

    const first = Math.min(count, listedMost);
    const listed = await costOf(() => listAll(Member, owner, `/channels/${channelId}/members`, first));
    expect(listed.result.map(({ userId }) => userId)).toEqual(ids.slice(0, first));
    expect(listed.api.of('from memberships')).toBeLessThanOrEqual(1.02 * first + slack);
    for (const listener of [mine, theirs]) await listener.end();

    report(
      `growth: ${count} members of a channel: a message costs MongoDB ${reads(own['messages'], messages)} and Redis ` +
        `${(own['messages']?.of('redis publish') ?? 0) / messages} PUBLISH; a page of members ${reads(own['page of members'])}, ` +
        `the first ${first} ${seconds(listed.ms)} s; who is online: counted in ${seconds(counted.ms)} s by ${reads(counted.api)}`,
    );
  }
  const [small = {}, ...large] = costs;
  for (const own of large) {
    for (const [name, cost] of Object.entries(own)) {
      for (const [what, times] of cost.entries())
        expect(times, `${name}: ${what}`).toBeLessThanOrEqual((small[name]?.of(what) ?? 0) + slack);
    }
  }
}, 900_000);

/** Members who are listed: the pages beyond are like those before. */
const listedMost = scaled(10_000, 1_000);

/** Members whom a page of those who are online looks at. */
const membersLookedAt = 1_000;

const ChannelPresence = z.object({ online: z.int(), members: z.array(z.object({ userId: UserId, status: OnlineStatus })) });

/** What the way of a change, of a signal and of a list does in Redis; the rest is the queue's, or goes on all the time. */
const ofRedis = ['xadd', 'publish', 'subscribe', 'unsubscribe', 'smismember', 'hset', 'hmset'];

/** What an act cost, in one. */
function all({ redis: calls, worker, api }: Cost<unknown>): Counted {
  const counted = new Counted();
  for (const command of ofRedis) if (calls.of(command) > 0) counted.add(`redis ${command}`, calls.of(command));
  for (const [what, times] of worker.entries()) counted.add(`worker ${what}`, times);
  for (const [what, times] of api.entries()) counted.add(`api ${what}`, times);
  return counted;
}

interface Cost<T> {
  result: T;
  ms: number;
  redis: Counted;
  worker: Counted;
  api: Counted;
}

async function costOf<T>(act: () => Promise<T>): Promise<Cost<T>> {
  const [before, worker, api] = [await redisCalls(redis), counters.worker.counts, counters.api.counts];
  const began = performance.now();
  const result = await act();
  const ms = performance.now() - began;
  return {
    result,
    ms,
    redis: (await redisCalls(redis)).since(before),
    worker: counters.worker.counts.since(worker),
    api: counters.api.counts.since(api),
  };
}

/** A frame, a question and a handful of commands for each 200 channels; of a channel two heads and at most two documents. */
function expectConnect({ result, redis: calls, worker }: Cost<Listener>, { count, isFirst = false }: Connect): void {
  const pages = Math.ceil(count / limits.readyChannels);
  expect(result.sizes).toHaveLength(pages);
  expect(Math.max(...result.sizes)).toBeLessThanOrEqual(32 * kibi);
  expect(calls.of('subscribe')).toBe(isFirst ? pages + 1 : 0);
  expect(calls.of('hmget')).toBeLessThanOrEqual(2.1 * count + 100); // processes look how the queues are, a few times a second
  expect(worker.sum('from')).toBeLessThanOrEqual(2 * count + pages + slack);
  expect(worker.sum() - worker.sum('from')).toBeLessThanOrEqual(12 * pages + slack);
}

interface Connect {
  count: number;
  /** Nobody else on the gateway follows these channels. */
  isFirst?: boolean;
}

/** A message to each channel, of one device; resolves when all are persisted. */
async function sendToEach(listener: Listener, channelIds: readonly string[]): Promise<void> {
  const { verdicts } = listener;
  verdicts.clear();
  for (const [i, channelId] of channelIds.entries()) {
    listener.say('message.send', { messageId: randomUUID(), channelId, text: 'one for each', clientTs: Date.now() });
    if ((i + 1) % 500 === 0) await eventually(() => verdicts.size >= i - 500, { timeoutMs: 60_000, everyMs: 5 });
  }
  await eventually(() => verdicts.size === channelIds.length, { timeoutMs: 60_000, everyMs: 5 });
  expect(new Set(verdicts.values())).toEqual(new Set(['persisted']));
}

const gatewayRss = () => metric(system.stack.services.gateway[0]?.url ?? '', 'process_resident_memory_bytes');

/** The pages of a list, one after the other, until there are so many. */
async function listAll<S extends z.ZodType>(schema: S, person: Person, path: string, most = Infinity): Promise<z.infer<S>[]> {
  const items: z.infer<S>[] = [];
  for (let cursor = ''; ;) {
    const { data, meta } = await page(schema, person, path, cursor);
    items.push(...data);
    const next = (meta as { nextCursor?: string | null } | undefined)?.nextCursor;
    if (!next || items.length >= most) return items;
    cursor = `&cursor=${next}`;
  }
}

const page = <S extends z.ZodType>(schema: S, { rest }: Person, path: string, cursor = '') =>
  rest.call(z.array(schema), 'GET', `${path}?limit=${limits.pageSizeMax}${cursor}`);

const kib = (bytes: number): string => `${(bytes / kibi).toFixed(1)} KiB`;
const reads = (counted = new Counted(), of = 1): string => {
  const documents = [...counted.entries()].reduce((sum, [what, times]) => sum + (what.includes('from ') ? times : 0), 0);
  const commands = [...counted.entries()].reduce((sum, [what, times]) => sum + (/^redis|from /.test(what) ? 0 : times), 0);
  return `${commands / of} commands (${documents / of} documents)`;
};

/** How many are online, as the api says. */
async function presence({ rest }: Person, channelId: string): Promise<number> {
  return (await rest.call(ChannelPresence, 'GET', `/channels/${channelId}/presence?limit=1`)).data.online;
}
