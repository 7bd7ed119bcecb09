import { setTimeout as sleep } from 'node:timers/promises';
import { RedisNames } from '@storm/shared/contracts';
import type { MessageState } from '@storm/shared/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Person } from '../../src/scenario/cast.js';
import {
  eventually,
  scaled,
  seededRandom,
  startRedisProxy,
  testRedisUrl,
  testScale,
  testSeed,
  type RedisProxy,
} from '../../src/testing/index.js';
import { inTurns, makeChannel, registerMany } from './support/crowd.js';
import { Faults } from './support/faults.js';
import { Follower } from './support/follower.js';
import { expectIntact } from './support/intact.js';
import { draft, readHistory, storeByRest } from './support/messages.js';
import { report, seconds } from './support/report.js';
import { startSystem, type System } from './support/system.js';
import { Talker } from './support/talker.js';

const gatewayCount = 3;
const channelCount = 4;
const shards = 16;
const faultsMs = scaled(120_000, 12_000);
const clientCount = scaled(200, 30);
const clientsPerUser = 5;
/** Of what is published. A short run loses more, so that it loses enough. */
const lostShare = testScale() < 1 ? 0.05 : 0.01;
const seed = testSeed();

let system: System;
/** One in front of the Redis of each gateway. */
let proxies: RedisProxy[];
let people: Person[];
const followers: Follower[] = [];
let talkers: Talker[] = [];

beforeAll(async () => {
  proxies = await Promise.all(Array.from({ length: gatewayCount }, () => startRedisProxy(testRedisUrl())));
  system = await startSystem({
    gateways: gatewayCount,
    env: (service, index) => (service === 'gateway' ? { REDIS_URL: proxies[index]?.url ?? '' } : {}),
  });
  people = await registerMany(() => system.api(), Math.max(2 * channelCount, Math.ceil(clientCount / clientsPerUser)));
}, 120_000);

afterAll(async () => {
  for (const follower of followers) follower.end();
  await Promise.allSettled(talkers.map((talker) => talker.end()));
  await system?.stop();
  await Promise.all((proxies ?? []).map((proxy) => proxy.stop()));
});

it('finds within 30 s an event that was lost on a channel where nothing else happens', async () => {
  const [owner, ...others] = people.slice(0, gatewayCount);
  if (!owner) throw new Error('nobody there');
  const { id: channelId } = await makeChannel({ name: 'quiet', owner, others });
  const listeners = [owner, ...others].map((person, i) => follow(person, channelId, () => system.gateway(i)));
  await eventually(() => listeners.every(({ at }) => at !== undefined));

  const eventsOfChannel = new RedisNames(system.namespace, shards).events(channelId);
  const before = proxies.map(({ counts }) => counts.lost);
  for (const proxy of proxies) proxy.lose = (channel) => channel === eventsOfChannel;
  const { id } = await storeByRest(owner.rest, draft(channelId, 'does anybody hear me?'));
  const stored = performance.now();
  await eventually(() => proxies.every(({ counts }, i) => counts.lost > (before[i] ?? 0)));
  expect(listeners.map(({ messages }) => messages.size)).toEqual(listeners.map(() => 0));
  await eventually(() => listeners.every(({ messages }) => messages.has(id)), { timeoutMs: 30_000 });
  report(`a lost event on a quiet channel: with all after ${seconds(performance.now() - stored)} s`);

  for (const proxy of proxies) proxy.lose = () => false;
  for (const listener of listeners.splice(0)) listener.end();
}, 60_000);

it('brings everybody everything once and in order, whatever breaks between gateways and Redis, and whichever gateway dies', async () => {
  const channels = await inTurns([...Array(channelCount).keys()], channelCount, async (i) => {
    const [owner, ...others] = people.filter((_, person) => [0, 1].includes((i - person + people.length) % channelCount));
    if (!owner) throw new Error('nobody there');
    const { id } = await makeChannel({ name: `channel ${i}`, owner, others });
    return { id, owner, members: [owner, ...others] };
  });
  const random = seededRandom(seed);
  const anyGateway = () => system.gateway(Math.floor(random() * gatewayCount));
  for (let i = 0; i < clientCount; i++) {
    const { id, members } = channels[i % channelCount] ?? { id: '', members: [] };
    const person = members[Math.floor(i / channelCount) % members.length];
    if (person) followers.push(follow(person, id, anyGateway));
  }
  await eventually(() => followers.every(({ at }) => at !== undefined), { timeoutMs: 60_000 });
  talkers = channels.flatMap(({ id: channelId, members }, i) =>
    members.slice(1, 3).map((person, j) => new Talker({ system, person, channelId, way: j ? 'rest' : 'socket', home: i })),
  );

  report(`faults: STORM_TEST_SEED=${seed}`);
  const faults = breakAll();
  await sleep(faultsMs);
  await Promise.all(faults.map((one) => one.end()));
  for (const proxy of proxies) proxy.lose = () => false;
  const quiet = performance.now();
  await Promise.all(talkers.map((talker) => talker.end()));
  const silent = performance.now();
  const last = await Promise.all(channels.map(({ id, owner }) => storeByRest(owner.rest, draft(id, 'that was it'))));
  await eventually(() => followers.every(({ messages }, i) => messages.has(last[i % channelCount]?.id ?? '')), {
    timeoutMs: 60_000,
  });
  const whole = performance.now();

  let messages = 0;
  for (const [i, { id: channelId, owner }] of channels.entries()) {
    const sent = talkers.slice(2 * i, 2 * i + 2);
    const history = await expectIntact({ system, channelId, rest: owner.rest, sent, listeners: [] });
    await expectSeen(
      followers.filter((_, client) => client % channelCount === i),
      history,
    );
    messages += history.length;
  }
  const broken = summed(faults.map(({ counts }) => counts));
  expect(Object.values(broken).every((count) => count > 0)).toBe(true);
  const { lost = 0, passed = 0 } = summed(proxies.map(({ counts }) => counts));
  expect(lost).toBeGreaterThan(0);
  report(
    `faults for ${seconds(faultsMs)} s: ${JSON.stringify(broken)}, ${lost} of ${lost + passed} published messages lost; ` +
      `${messages} messages, each with all of ${clientCount} clients once, the slowest whole ${seconds(whole - silent)} s after the last was queued, ${seconds(silent - quiet)} s after the end; ` +
      `${sum(followers, ({ arrivals }) => arrivals.length - 1)} returns, ${sum(followers, ({ reloads }) => reloads)} reloads`,
  );
}, 400_000);

function follow(person: Person, channelId: string, url: () => string): Follower {
  const reload = () => readHistory(person.rest, channelId);
  return new Follower({ url, token: person.accessToken, channelId, reload });
}

/** A share of all that is published is lost, and each gateway and its links break in turn. */
function breakAll(): Faults[] {
  return system.stack.services.gateway.map((gateway, i) => {
    const proxy = proxies[i];
    if (!proxy) throw new Error('a gateway without a proxy');
    const losing = seededRandom(seed + 100 + i);
    proxy.lose = () => losing() < lostShare;
    return new Faults({ gateway, proxy, random: seededRandom(seed + 1 + i), first: 2 * i });
  });
}

/** Each client has what history shows, in its order, and saw nothing twice or with a hole before it. */
async function expectSeen(clients: readonly Follower[], history: readonly MessageState[]): Promise<void> {
  expect(clients.flatMap(({ violations }) => violations)).toEqual([]);
  await eventually(() => clients.every(({ messages }) => messages.size >= history.length), { timeoutMs: 60_000 });
  const expected = history.map(({ id, text }) => [id, text]);
  for (const { messages } of clients) expect([...messages]).toEqual(expected);
  expect(clients.flatMap(({ violations }) => violations)).toEqual([]);
}

function summed(counts: readonly Record<string, number>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const one of counts) for (const [name, count] of Object.entries(one)) total[name] = (total[name] ?? 0) + count;
  return total;
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((total, item) => total + of(item), 0);
