import { eventually, startProxy, testRedisUrl, type TcpProxy } from '@storm/devstack/testing';
import { usersPerQuestion } from '@storm/shared/contracts';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Gateway } from '../src/index.js';
import type { Client } from './support/client.js';
import { aChannelId, aUser, House } from './support/house.js';

const graceMs = 300;
const leaseMs = 612;
let house: House;
let second: Gateway;
let third: Gateway;
let proxy: TcpProxy;
beforeAll(async () => {
  const { hostname: host, port } = new URL(testRedisUrl());
  proxy = await startProxy({ target: { host, port: Number(port) } });
  house = await House.ready({ env: { PRESENCE_GRACE_MS: String(graceMs), PRESENCE_LEASE_MS: String(leaseMs) } });
  second = await house.gateway();
  third = await house.gateway({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
});
afterEach(() => house.hangUp());
afterAll(async () => {
  await house.close();
  await proxy.stop();
});

async function friends() {
  const [ann, bob] = [aUser(), aUser()];
  const channel = await house.worker.createChannel(aChannelId(), ann, bob);
  return { ann, bob, channel };
}

/** A client that watches a user; its snapshot is there. */
async function aWatcher(userId: string, of: string, gateway?: Gateway): Promise<Client> {
  const client = await house.connect(userId, gateway);
  client.send('presence.subscribe', { userIds: [of] }, 'r');
  await client.next('presence.snapshot');
  expect(client.frames.find(({ event }) => event === 'presence.snapshot')?.requestId).toBe('r');
  return client;
}
const statuses = (client: Client) => client.all('presence.changed').map(({ status }) => status);
const heard = (client: Client, ...expected: string[]) => eventually(() => expect(statuses(client)).toEqual(expected));
/** Longer than it takes until a user is offline of whom nothing is heard. */
const pastGrace = () => delay(graceMs * 2);

it('shows who is there on whichever gateway, and who is gone once the grace is over, and when that was', async () => {
  const { ann, bob } = await friends();
  const watcher = await aWatcher(bob, ann);
  expect(watcher.all('presence.snapshot')).toEqual([{ users: [{ userId: ann, status: 'offline', lastSeenAt: null }] }]);
  const device = await house.connect(ann, second);
  expect(await watcher.next('presence.changed')).toEqual({ userId: ann, status: 'online', lastSeenAt: null });
  const left = Date.now();
  device.socket.terminate();
  const { lastSeenAt, ...gone } = await watcher.next('presence.changed', 1);
  expect(gone).toEqual({ userId: ann, status: 'offline' });
  expect(Date.now() - left).toBeGreaterThanOrEqual(graceMs - 50);
  expect(Math.abs((lastSeenAt ?? 0) - left)).toBeLessThan(200);
  await eventually(() => expect(house.worker.lastSeen.get(ann)).toBe(lastSeenAt));
  const later = await aWatcher(bob, ann, second);
  expect(later.all('presence.snapshot')[0]?.users).toEqual([{ userId: ann, status: 'offline', lastSeenAt }]);
});

/** A small generator of its own, so that a seed names a run. */
const seeded = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};

it.each([1, 2])('never flickers while three devices come and go at random, and ends as they do (seed %i)', async (seed) => {
  const random = seeded(seed);
  const { ann, bob } = await friends();
  const watchers = [await aWatcher(bob, ann), await aWatcher(bob, ann, second)];
  const gateways = [house.gateways[0], second, third];
  const token = house.token(ann);
  const devices: (Client | undefined)[] = [await house.connect(ann)];
  let longestGap = 0;
  for (let step = 0; step < 16; step++) {
    const i = Math.floor(random() * 3);
    const device = devices[i];
    devices[i] = device ? undefined : await house.connect(ann, gateways[Math.floor(random() * 3)], token);
    device?.socket[random() < 0.5 ? 'terminate' : 'close']();
    if (!devices.some((one) => one)) {
      const gone = Date.now();
      await delay(graceMs / 3); // a reload
      devices[0] = await house.connect(ann, second, token);
      longestGap = Math.max(longestGap, Date.now() - gone);
    }
    await delay(random() * 40);
  }
  // On a machine that took longer than the grace for it, she was away.
  const steady = longestGap < graceMs * 0.9;
  for (const watcher of watchers) {
    await eventually(() => expect(statuses(watcher).at(-1)).toBe('online'));
    if (steady) expect(statuses(watcher)).toEqual(['online']);
  }
  const stays = random() < 0.5;
  if (stays && !devices[0]) devices[0] = await house.connect(ann, second, token);
  for (const device of devices.slice(stays ? 1 : 0)) device?.socket.terminate();
  if (stays) await pastGrace();
  for (const watcher of watchers) {
    await eventually(() => expect(statuses(watcher).at(-1)).toBe(stays ? 'online' : 'offline'));
    if (steady) expect(statuses(watcher)).toEqual(stays ? ['online'] : ['online', 'offline']);
  }
});

it('ends the presence of a gateway that is cut off, once, and shows it again when it is back; there, too, what was missed', async () => {
  const { ann, bob, channel } = await friends();
  const carl = aUser();
  await house.worker.join(channel, carl);
  const watchers = [await aWatcher(bob, ann), await aWatcher(bob, ann, second)];
  const far = await aWatcher(ann, carl, third);
  for (const watcher of watchers) await heard(watcher, 'online');
  await proxy.refuse();
  for (const watcher of watchers) await heard(watcher, 'online', 'offline');
  await house.connect(carl);
  await pastGrace();
  for (const watcher of watchers) await heard(watcher, 'online', 'offline');
  far.send('presence.subscribe', { userIds: [bob] });
  expect(await far.next('error')).toMatchObject({ code: 'UNAVAILABLE' });
  expect(statuses(far)).toEqual([]);
  await proxy.accept();
  for (const watcher of watchers) await heard(watcher, 'online', 'offline', 'online');
  await heard(far, 'online');
});

it('shows what a user chose to those who watch, and an invisible one as offline; its own devices know', async () => {
  const { ann, bob } = await friends();
  const watcher = await aWatcher(bob, ann);
  const [one, two] = [await house.connect(ann), await house.connect(ann, second)];
  await heard(watcher, 'online');
  for (const status of ['away', 'dnd']) one.send('presence.set', { status });
  await heard(watcher, 'online', 'away', 'dnd');
  const hid = Date.now();
  two.send('presence.set', { status: 'invisible' });
  await heard(watcher, 'online', 'away', 'dnd', 'offline');
  const { lastSeenAt } = await watcher.next('presence.changed', 3);
  expect(Math.abs((lastSeenAt ?? 0) - hid)).toBeLessThan(300);
  for (const device of [one, two]) await heard(device, 'away', 'dnd', 'invisible');
  // Neither a new device, nor leaving, nor coming back shows an invisible one, nor when it was there.
  const three = await house.connect(ann, second);
  await heard(three, 'invisible');
  three.send('presence.subscribe', { userIds: [ann, bob] });
  expect((await three.next('presence.snapshot')).users).toEqual([
    { userId: ann, status: 'invisible', lastSeenAt: null },
    { userId: bob, status: 'online', lastSeenAt: null },
  ]);
  for (const device of [one, two, three]) device.socket.terminate();
  await pastGrace();
  const back = await house.connect(ann);
  await heard(back, 'invisible');
  const late = await aWatcher(bob, ann, second);
  expect(late.all('presence.snapshot')[0]?.users).toEqual([{ userId: ann, status: 'offline', lastSeenAt }]);
  back.send('presence.set', { status: 'online' });
  await heard(watcher, 'online', 'away', 'dnd', 'offline', 'online');
  expect(house.worker.lastSeen.get(ann)).toBe(lastSeenAt);
});

it('shows a stranger like nobody, whoever it is, and nothing of what it does', async () => {
  const { ann, bob } = await friends();
  const [stranger, nobody] = [aUser(), aUser()];
  await house.connect(stranger, second);
  const watcher = await house.connect(bob);
  watcher.send('presence.subscribe', { userIds: [stranger, nobody, ann, stranger] });
  expect((await watcher.next('presence.snapshot')).users).toEqual(
    [stranger, nobody, ann].map((userId) => ({ userId, status: 'offline', lastSeenAt: null })),
  );
  const device = await house.connect(stranger);
  device.send('presence.set', { status: 'dnd' });
  await heard(device, 'dnd');
  await house.connect(ann);
  expect(await watcher.next('presence.changed')).toMatchObject({ userId: ann });
  watcher.send('presence.unsubscribe', { userIds: [ann, nobody] });
  device.send('presence.set', { status: 'away' });
  await heard(device, 'dnd', 'away');
  await pastGrace();
  expect(watcher.all('presence.changed')).toHaveLength(1);
});

it('says so when it can not be known, and keeps nothing of it', async () => {
  const { ann, bob } = await friends();
  const watcher = await house.connect(bob);
  const before = await house.metric('storm_gateway_watched_users');
  house.worker.beforeAnswer = ({ kind }) => {
    if (kind === 'visible') throw new Error('not now');
  };
  watcher.send('presence.subscribe', { userIds: [ann] }, 'r');
  await watcher.next('error');
  house.worker.beforeAnswer = () => undefined;
  expect(await house.metric('storm_gateway_watched_users')).toBe(before);
  watcher.send('presence.subscribe', { userIds: [ann] });
  await watcher.next('presence.snapshot');
});

it('watches at most 500 users over one connection, and forgets them with it', async () => {
  const watcher = await house.connect(aUser());
  const ids = Array.from({ length: 500 }, aUser);
  for (let at = 0; at < 500; at += 100) watcher.send('presence.subscribe', { userIds: ids.slice(at, at + 100) });
  await watcher.next('presence.snapshot', 4);
  watcher.send('presence.subscribe', { userIds: [aUser()] }, 'r');
  expect(await watcher.next('error')).toMatchObject({ code: 'REFUSED' });
  watcher.send('presence.subscribe', { userIds: ids.slice(0, 100) });
  await watcher.next('presence.snapshot', 5);
  for (let i = 0; i < 12; i++) watcher.send('presence.set', { status: 'away' });
  expect(await watcher.next('error', 1)).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' });
  for (let i = 0; i < 20; i++) watcher.send('presence.subscribe', { userIds: ids.slice(0, 1) });
  await eventually(() =>
    watcher.all('error').some(({ code, retryAfterMs = 0 }) => code === 'RATE_LIMIT_EXCEEDED' && retryAfterMs <= 1_000),
  );
  expect(await house.metric('storm_gateway_watched_users')).toBeGreaterThanOrEqual(500);
  watcher.socket.terminate();
  await eventually(async () => (await house.metric('storm_gateway_watched_users')) === 0);
});

it('costs one command and one question a change, however many channels the user is in and however many watch', async () => {
  const { ann, bob } = await friends();
  for (let i = 0; i < 30; i++) await house.worker.createChannel(aChannelId(), ann, bob);
  const others = Array.from({ length: 5 }, aUser);
  await house.worker.createChannel(aChannelId(), ann, ...others);
  const watchers = await Promise.all([bob, ...others].map((userId) => aWatcher(userId, ann)));
  const device = await house.connect(ann, second);
  for (const watcher of watchers) await heard(watcher, 'online');
  const { hostname, port } = new URL(testRedisUrl());
  const monitor = connect(Number(port), hostname);
  let lines = '';
  monitor.on('data', (chunk: Buffer) => (lines += chunk.toString('latin1')));
  monitor.write('MONITOR\r\n');
  await eventually(() => lines.startsWith('+OK'));
  const asked = house.worker.asked.length;
  device.send('presence.set', { status: 'away' });
  for (const watcher of watchers) await heard(watcher, 'online', 'away');
  await heard(device, 'away');
  monitor.destroy();
  const isRenewal = (line: string) => line.includes(`"${leaseMs}"`);
  const about = lines.split('\r\n').filter((line) => line.includes(ann) && !line.includes(' lua] ') && !isRenewal(line));
  // The script, and the note to her own devices.
  expect(about.map((line) => /\] "(\w+)"/.exec(line)?.[1]?.toLowerCase())).toEqual(['evalsha', 'publish']);
  expect(house.worker.asked.length - asked).toBeLessThanOrEqual(1);
  expect(usersPerQuestion).toBeGreaterThan(watchers.length);
});
