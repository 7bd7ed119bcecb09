import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, scaled } from '../../src/testing/index.js';
import type { Person } from '../../src/scenario/cast.js';
import { makeChannel, registerMany } from './support/crowd.js';
import { Follower } from './support/follower.js';
import { expectIntact } from './support/intact.js';
import { report } from './support/report.js';
import { startSystem, type System } from './support/system.js';
import { Talker } from './support/talker.js';

const gateways = 3;
const drainMs = 2_000;
const clients = scaled(2_000, 150);
const perUser = 10;

let system: System;
let people: Person[];
let channelId: string;
let talkers: Talker[];
const followers: Follower[] = [];
let next = 0;

beforeAll(async () => {
  system = await startSystem({ gateways, env: () => ({ DRAIN_MS: String(drainMs) }) });
  people = await registerMany(() => system.api(), Math.ceil(clients / perUser));
  const [owner, ...others] = people;
  if (!owner) throw new Error('nobody there');
  channelId = (await makeChannel({ name: 'rolling', owner, others })).id;
  for (let i = 0; i < clients; i++) {
    const token = people[i % people.length]?.accessToken ?? '';
    followers.push(new Follower({ url: () => system.gateway(next++ % gateways), token, channelId }));
  }
  await eventually(() => followers.every(({ at }) => at !== undefined), { timeoutMs: 60_000 });
  talkers = people.slice(1, 5).map((person) => new Talker({ system, person, channelId, way: 'rest', home: 0 }));
}, 240_000);

afterAll(async () => {
  for (const follower of followers) follower.end();
  await Promise.allSettled((talkers ?? []).map((talker) => talker.end()));
  await system?.stop();
});

it('replaces every gateway under talk: nothing is lost or doubled, and clients return no faster than they are told', async () => {
  const perStop: number[] = [];
  for (let i = 0; i < gateways; i++) {
    const before = returns().length;
    const gateway = system.stack.services.gateway[i];
    await gateway?.process.stop();
    await gateway?.process.start();
    await eventually(() => followers.every(({ at }) => (at ?? 0) >= acknowledged()), { timeoutMs: 60_000 });
    perStop.push(returns().length - before);
  }
  await Promise.all(talkers.map((talker) => talker.end()));
  const [owner] = people;
  if (!owner) throw new Error('nobody there');
  const rest = system.api().as(owner.accessToken);
  const history = await expectIntact({ system, channelId, rest, sent: talkers, listeners: [] });

  await eventually(() => followers.every(({ messages }) => messages.size >= history.length), { timeoutMs: 60_000 });
  expect(followers.flatMap(({ violations }) => violations)).toEqual([]);
  const expected = history.map(({ id, text }) => [id, text]);
  for (const { messages } of followers) expect([...messages]).toEqual(expected);

  const all = returns().sort((a, b) => a - b);
  const busiest = Math.max(...all.map((at, i) => all.slice(i).findIndex((later) => later > at + 1_000)));
  const reloads = followers.reduce((sum, one) => sum + one.reloads, 0);
  report(
    `rolling: ${clients} clients, ${all.length} returns, at most ${busiest} in a second where ${Math.ceil((Math.max(...perStop) * 1_000) / drainMs)} were asked for; ` +
      `${history.length} messages, each with every client once; ${reloads} reloads`,
  );
}, 240_000);

const returns = () => followers.flatMap(({ arrivals }) => arrivals.slice(1));

/** Changes that all should have by now: those that are acknowledged, beside the first members. */
const acknowledged = () => talkers.reduce((sum, { queued }) => sum + queued.length, 0);
