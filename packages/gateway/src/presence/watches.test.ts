import { eventually, testRedisUrl, uniqueNamespace } from '@storm/devstack/testing';
import { newUserId, RedisNames } from '@storm/shared/contracts';
import { connectRedis, createLogger, type Asker, type Redis } from '@storm/shared/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Subscriptions } from '../hub/subscriptions.js';
import type { Watcher } from './subscription.js';
import { Visibility } from './visibility.js';
import { Watches } from './watches.js';

const log = createLogger('test', 'silent');
const names = new RedisNames(uniqueNamespace(), 2);
const full = expect.objectContaining({ code: 'UNAVAILABLE' }) as unknown;
let connections: [Redis, Redis];
let subscriptions: Subscriptions;

beforeAll(async () => {
  connections = [connectRedis(testRedisUrl(), 'producer', log), connectRedis(testRedisUrl(), 'subscriber', log)];
  subscriptions = new Subscriptions({ redis: connections[1], log, onLive: () => undefined, onBroken: () => undefined });
  subscriptions.start();
  await eventually(() => subscriptions.live && connections[0].status === 'ready');
});
afterAll(() => {
  subscriptions.stop();
  for (const redis of connections) redis.disconnect();
});

function someWatches(caps: { watchedMax?: number; watchingMax?: number }): Watches {
  const asker = { ask: () => Promise.resolve({ users: [] }) } as unknown as Asker;
  const visibility = new Visibility({ asker, now: Date.now });
  return new Watches({ redis: connections[0], subscriptions, names, visibility, mayHear: () => true, log, ...caps });
}

function aWatcher(): Watcher {
  const bearer = { sub: newUserId() };
  return { closed: false, bearer, clearedIn: 1, send: () => undefined, pushEphemeral: () => true };
}

const users = (count: number) => Array.from({ length: count }, newUserId);

/** How many of them get what they ask for; the others are told that there is no room. */
async function takers(all: readonly (() => Promise<unknown>)[]): Promise<number> {
  const outcomes = await Promise.allSettled(all.map((subscribe) => subscribe()));
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  for (const reason of refused) expect(reason).toEqual(full);
  return outcomes.length - refused.length;
}

it('has so many users watched on a gateway and no more, and has room again when they are not', async () => {
  const watches = someWatches({ watchedMax: 20 });
  const watchers = Array.from({ length: 20 }, aWatcher);
  expect(await takers(watchers.map((watcher) => () => watches.subscribe(watcher, users(10))))).toBe(2);
  expect(watches.size).toBe(20);
  for (const watcher of watchers) watches.leave(watcher);
  expect(watches.size).toBe(0);
  expect(await watches.subscribe(aWatcher(), users(20))).toHaveLength(20);
});

it('has so many watch them over all connections, also where all watch the same few', async () => {
  const watches = someWatches({ watchingMax: 30 });
  const few = users(3);
  const watchers = Array.from({ length: 100 }, aWatcher);
  expect(await takers(watchers.map((watcher) => () => watches.subscribe(watcher, few)))).toBe(10);
  expect(watches.size).toBe(3);
  const [first] = watchers;
  if (first) watches.unsubscribe(first, few);
  if (first) watches.leave(first);
  expect(await takers(watchers.slice(10).map((watcher) => () => watches.subscribe(watcher, few)))).toBe(1);
});
