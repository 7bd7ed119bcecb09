import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Socket } from '../../src/clients/socket.js';
import type { Exit } from '../../src/process/index.js';
import { rowsInDatabase } from '../../src/scenario/row.js';
import type { Person } from '../../src/scenario/cast.js';
import type { ServiceName } from '../../src/stack/index.js';
import { eventually, scaled } from '../../src/testing/index.js';
import { isAlive } from '../is-alive.js';
import { makeChannel, registerMany } from './support/crowd.js';
import { draft, readHistory, storeByRest } from './support/messages.js';
import { report, seconds } from './support/report.js';
import { startSystem, type System } from './support/system.js';
import { Talker } from './support/talker.js';

const deadlineMs = 10_000;
const drainMs = 3_000;
/** Acknowledged messages before, while and after a service is away. */
const step = scaled(1_000, 50);

let system: System;
let people: Person[];
let channelId: string;
let talkers: Talker[];
/** Of a member whose gateway stays. */
let listener: Socket;
const heardIds = new Set<string>();
let framesSeen = 0;
const figures: string[] = [];

beforeAll(async () => {
  const env = () => ({ SHUTDOWN_DEADLINE_MS: String(deadlineMs), DRAIN_MS: String(drainMs) });
  system = await startSystem({ apis: 2, workers: 2, gateways: 2, env });
  people = await registerMany((i) => system.api(i % 2), 9);
  const [owner, ...others] = people;
  if (!owner) throw new Error('nobody there');
  channelId = (await makeChannel({ name: 'busy', owner, others })).id;
  ({ socket: listener } = await Socket.connect(system.gateway(1), owner.accessToken));
  talkers = others.map((person, i) => {
    const way = i % 2 ? ('rest' as const) : ('socket' as const);
    return new Talker({ system, person, channelId, way, home: Math.floor(i / 2) % 2 });
  });
}, 240_000);

afterAll(async () => {
  await Promise.allSettled((talkers ?? []).map((talker) => talker.end()));
  await listener?.close();
  await system?.stop();
});

it.each(['worker', 'api', 'gateway'] as const)(
  'stops in order under load, while the others go on: %s',
  async (name) => {
    await talkOn();
    const guests = name === 'gateway' ? await connectGuests() : [];
    const { exit, pid, tookMs } = await terminate(name);
    expect(exit).toEqual({ code: 0, signal: null });
    expect(tookMs).toBeLessThan(deadlineMs);
    expect(isAlive(pid)).toBe(false);
    await expect(fetch(`${system.stack.services[name][0]?.url}/health`)).rejects.toThrow('fetch failed');
    expectOrderlyLog(name);
    for (const guest of guests) await expectSentAway(guest);

    await talkOn();
    await system.stack.services[name][0]?.process.start();
    await talkOn();
    figures.push(`${name} in ${seconds(tookMs)} s`);
  },
  120_000,
);

it('has lost nothing that was acknowledged, stored nothing twice, and kept the order', async () => {
  await Promise.all(talkers.map((talker) => talker.end()));
  const owner = people[0];
  if (!owner) throw new Error('nobody there');
  const rest = system.api(1).as(owner.accessToken);
  const last = await storeByRest(rest, draft(channelId, 'silence'));
  await listener.next('message.new', ({ id }) => id === last.id, 30_000);

  const rows = (await rowsInDatabase(system.mongoUrl, system.database, { channelId })).map(({ document }) => document);
  expect(rows.map(({ seq }) => Number(seq)).sort((a, b) => a - b)).toEqual(rows.map((_, i) => i + 1));
  const history = await readHistory(rest, channelId);
  expect(history.map(({ position }) => position)).toEqual(history.map((_, i) => i + 1));
  for (const { senderId, queued } of talkers) {
    const stored = history.filter((message) => message.senderId === senderId);
    expect(stored.map(({ messageId }) => messageId)).toEqual(queued.map(({ messageId }) => messageId));
  }
  const log = listener.kept.flatMap((frame) => (frame.event === 'message.new' ? [frame.payload] : []));
  expect([...log, last]).toEqual(history);

  const failures = new Map<string, number>();
  for (const talker of talkers) for (const [why, count] of talker.failures) failures.set(why, (failures.get(why) ?? 0) + count);
  report(
    `graceful stop: ${acknowledged()} messages acknowledged, all stored once, sent again ${JSON.stringify([...failures])}; ${figures.join(', ')}`,
  );
}, 240_000);

/** Resolves when so many more messages were acknowledged, and the last of them were seen by the listener. */
async function talkOn(): Promise<void> {
  const goal = acknowledged() + step;
  await eventually(() => acknowledged() >= goal, { timeoutMs: 60_000, what: 'more messages to be acknowledged' });
  const newest = talkers.map(({ queued }) => queued.at(-1)?.messageId);
  await eventually(() => newest.every((messageId) => messageId === undefined || heard().has(messageId)), {
    timeoutMs: 60_000,
    what: 'what was acknowledged to arrive',
  });
}

/** The ids of the messages that the listener got so far. */
function heard(): ReadonlySet<string> {
  for (const frame of listener.kept.slice(framesSeen)) if (frame.event === 'message.new') heardIds.add(frame.payload.messageId);
  framesSeen = listener.kept.length;
  return heardIds;
}

const acknowledged = () => talkers.reduce((sum, { queued }) => sum + queued.length, 0);

/** SIGTERM to the first of a kind; resolves when its process has ended. */
async function terminate(name: ServiceName): Promise<{ exit: Exit; pid: number; tookMs: number }> {
  const service = system.stack.services[name][0];
  const running = service?.process.current;
  if (!service || !running) throw new Error(`no ${name} runs`);
  const began = performance.now();
  const [exit] = await Promise.all([running.exited, service.process.stop()]);
  return { exit, pid: running.pid, tookMs: performance.now() - began };
}

/** It says that it stopped, and of nothing that it could not be released. */
function expectOrderlyLog(name: ServiceName): void {
  const lines = readFileSync(`${system.stack.description.logs}/${name}-1.log`, 'utf8').trim().split('\n');
  const last = lines.slice(-50).map((line) => (JSON.parse(line) as { msg?: string }).msg);
  expect(last.at(-1)).toBe('stopped');
  expect(last).not.toContain('could not be released');
}

async function connectGuests(): Promise<Socket[]> {
  const connections = people.map((person) => Socket.connect(system.gateway(0), person.accessToken));
  return (await Promise.all(connections)).map(({ socket }) => socket);
}

async function expectSentAway(guest: Socket): Promise<void> {
  const { reconnectAfterMs } = await guest.next('connection.closing');
  expect(reconnectAfterMs).toBeGreaterThanOrEqual(0);
  expect(reconnectAfterMs).toBeLessThanOrEqual(drainMs);
  await expect(guest.next('pong')).rejects.toThrow('closed the connection with 1001');
}
