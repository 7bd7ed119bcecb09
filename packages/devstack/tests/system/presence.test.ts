import { setTimeout as sleep } from 'node:timers/promises';
import type { Presence } from '@storm/shared/protocol';
import { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Socket } from '../../src/clients/socket.js';
import type { Person } from '../../src/scenario/cast.js';
import { eventually, scaled } from '../../src/testing/index.js';
import { connect, makeChannel, registerMany, type Connected } from './support/crowd.js';
import { report, seconds } from './support/report.js';
import { startSystem, type System } from './support/system.js';

/** In the full run what a gateway does by itself. */
const leaseMs = scaled(30_000, 3_000);
const graceMs = scaled(5_000, 1_000);
/** From the kill on: 45 s by default. */
const offlineWithinMs = leaseMs + graceMs + 10_000;
const steps = scaled(200, 25);

let system: System;
let people: Person[];
/** On the gateway that lives on. */
let watchers: Connected[];
let channelId: string;

beforeAll(async () => {
  const env = () => ({ PRESENCE_LEASE_MS: String(leaseMs), PRESENCE_GRACE_MS: String(graceMs) });
  system = await startSystem({ gateways: 2, env });
  people = await registerMany(() => system.api(), 11);
  const [owner, ...others] = people;
  if (!owner) throw new Error('nobody there');
  channelId = (await makeChannel({ name: 'in sight', owner, others })).id;
  watchers = await Promise.all(people.slice(0, 3).map((person) => connect(person, system.gateway(1))));
}, 120_000);

afterAll(async () => {
  await Promise.all((watchers ?? []).map(({ socket }) => socket.close()));
  await system?.stop();
});

it('shows the users of a gateway that is killed as offline, once and in time; who has a device elsewhere stays', async () => {
  const [both, hidden, ...gone] = await Promise.all(people.slice(3, 10).map((person) => connect(person, system.gateway(0))));
  const [back, busy, ...rest] = gone;
  if (!both || !hidden || !back || !busy) throw new Error('nobody there');
  const { socket: second } = await Socket.connect(system.gateway(1), both.accessToken);
  await choose(hidden, 'invisible');
  await choose(busy, 'dnd');
  const watched = [both, hidden, ...gone];
  for (const watcher of watchers) {
    const users = await watch(watcher, watched);
    expect(users.map(({ status }) => status)).toEqual(['online', 'offline', 'online', 'dnd', ...rest.map(() => 'online')]);
  }

  const killed = Date.now();
  const ended = Promise.all(watched.map(({ socket }) => socket.closed));
  await system.stack.services.gateway[0]?.process.current?.kill();
  expect((await ended).map(({ code }) => code)).toEqual(watched.map(() => 1006));
  const offline = { timeoutMs: offlineWithinMs - (Date.now() - killed), what: 'all of them to be offline' };
  await eventually(() => watchers.every((watcher) => gone.every((one) => changesOf(watcher, one).length > 0)), offline);
  const tookMs = Date.now() - killed;
  expect(tookMs).toBeGreaterThan(graceMs);
  const present = await watchers[0]?.rest.call(Present, 'GET', `/channels/${channelId}/presence`);
  expect(present?.data.members.map(({ userId }) => userId).sort()).toEqual([...watchers, both].map(({ id }) => id).sort());

  // The gateway was started again. One of them comes back to it and leaves: the sweep that sees this one has seen the others.
  await eventually(() => system.stack.services.gateway[0]?.process.current, { timeoutMs: 30_000 });
  const { socket: again } = await connect(back, system.gateway(0));
  await eventually(() => watchers.every((watcher) => changesOf(watcher, back).length === 2));
  await again.close();
  await eventually(() => watchers.every((watcher) => changesOf(watcher, back).length === 3), { timeoutMs: graceMs + 10_000 });
  for (const watcher of watchers) {
    expect(statusesOf(watcher, back)).toEqual(['offline', 'online', 'offline']);
    for (const one of [busy, ...rest]) expect(statusesOf(watcher, one)).toEqual(['offline']);
    for (const one of [both, hidden]) expect(statusesOf(watcher, one)).toEqual([]);
    expect(changesOf(watcher, busy)).toEqual(watchers[0] && changesOf(watchers[0], busy));
  }
  // Until when they were seen: a gateway that is killed can't say it closer than its leases do.
  for (const one of [back, busy, ...rest]) {
    const told = watchers[0] && changesOf(watchers[0], one).at(-1)?.lastSeenAt;
    expect(told).toBeGreaterThan(killed);
    if (one !== back) expect(told).toBeLessThanOrEqual(killed + leaseMs + 1_000);
    await eventually(async () => expect(await lastSeenOf(one)).toBe(told));
  }
  await second.close();
  report(
    `presence: the ${gone.length} users of a gateway that was killed were offline to ${watchers.length} watchers after ` +
      `${seconds(tookMs)} s, once each, with leases of ${seconds(leaseMs)} s and a grace of ${seconds(graceMs)} s`,
  );
}, 180_000);

it('never flickers while three devices come and go at random on two gateways, and ends as they do', async () => {
  const person = people.at(-1);
  if (!person) throw new Error('nobody there');
  const near = await connect(watchers[1] ?? person, system.gateway(0));
  const all = [near, ...watchers];
  const devices: (Socket | undefined)[] = [await join()];
  await Promise.all(all.map((watcher) => watch(watcher, [person])));

  let longestGap = 0;
  for (let step = 0; step < steps; step++) {
    const i = Math.floor(Math.random() * 3);
    const device = devices[i];
    devices[i] = device ? undefined : await join();
    if (Math.random() < 0.5) device?.cut();
    else await device?.close();
    if (!devices.some((one) => one)) {
      const gone = Date.now();
      await sleep(Math.random() * (graceMs / 4)); // a reload
      devices[0] = await join();
      longestGap = Math.max(longestGap, Date.now() - gone);
    }
    await sleep(Math.random() * 40);
  }
  // On a machine that took longer than the grace for it, the user was away.
  const steady = longestGap < graceMs * 0.9;
  for (const watcher of all) {
    await eventually(() => expect(statusesOf(watcher, person).at(-1) ?? 'online').toBe('online'));
    if (steady) expect(statusesOf(watcher, person)).toEqual([]);
  }
  const left = Date.now();
  for (const device of devices) device?.cut();
  for (const watcher of all) {
    await eventually(() => expect(statusesOf(watcher, person).at(-1)).toBe('offline'), { timeoutMs: graceMs + 10_000 });
    if (steady) expect(statusesOf(watcher, person)).toEqual(['offline']);
  }
  expect(Date.now() - left).toBeGreaterThanOrEqual(graceMs - 50);
  await near.socket.close();
  report(
    `presence: 3 devices, ${steps} comings and goings, away for ${longestGap} ms at most: ${steady ? 'no flicker' : 'too slow to say'}`,
  );

  async function join(): Promise<Socket> {
    const gateway = system.gateway(Math.random() < 0.5 ? 0 : 1);
    return (await Socket.connect(gateway, person?.accessToken ?? '')).socket;
  }
}, 120_000);

const Present = z.object({ members: z.array(z.object({ userId: z.string() })) });

async function watch({ socket }: Connected, whom: readonly Person[]): Promise<Presence[]> {
  socket.send('presence.subscribe', { userIds: whom.map(({ id }) => id) });
  return (await socket.next('presence.snapshot')).users;
}

/** What others see, or not; the device is told, too. */
async function choose({ id, socket }: Connected, status: string): Promise<void> {
  socket.send('presence.set', { status });
  await socket.next('presence.changed', (changed) => changed.userId === id && changed.status === status);
}

/** What a watcher was told of a user since its snapshot. */
function changesOf({ socket }: Connected, { id }: Person): Presence[] {
  return socket.kept.flatMap((frame) =>
    frame.event === 'presence.changed' && frame.payload.userId === id ? [frame.payload] : [],
  );
}

const statusesOf = (watcher: Connected, person: Person) => changesOf(watcher, person).map(({ status }) => status);

/** As REST tells it to somebody else. */
async function lastSeenOf({ id }: Person): Promise<number> {
  const user = z.looseObject({ lastSeenAt: z.string() });
  const answer = await people[0]?.rest.call(user, 'GET', `/users/${id}`);
  return Date.parse(answer?.data.lastSeenAt ?? '');
}
