import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Person } from '../../src/scenario/cast.js';
import { eventually, scaled } from '../../src/testing/index.js';
import { connect, makeChannel, registerMany, type Connected } from './support/crowd.js';
import { draft, readHistory, storeByRest } from './support/messages.js';
import { metric } from '../../src/clients/metric.js';
import { report, seconds } from './support/report.js';
import { Sender, wayOfRest } from './support/sender.js';
import { startSystem, type System } from './support/system.js';

const mebi = 2 ** 20;
const textLength = 4_000;
const volume = scaled(32, 12) * mebi;
const hardBytes = mebi;

let system: System;
/** The first is the owner, the next two listen, the fourth never reads, the others send. */
let people: Person[];

beforeAll(async () => {
  const env = () => ({ OUTBOX_HARD_BYTES: String(hardBytes) });
  system = await startSystem({ gateways: 2, env });
  people = await registerMany(() => system.api(), 20);
}, 120_000);

afterAll(() => system?.stop());

it('closes who never reads with 4508, for little memory, and brings the others everything', async () => {
  const control = await run(0, false);
  const measured = await run(1, true);

  expect(control).toMatchObject({ slowCloses: 0, code: undefined });
  expect(measured).toMatchObject({ slowCloses: 1, code: 4508 });
  expect(measured.most).toBeGreaterThan(0);
  expect(measured.most).toBeLessThanOrEqual(hardBytes);
  expect(measured.after).toBe(0);
  const more = (measured.rss - control.rss) / mebi;
  expect(more).toBeLessThanOrEqual(32);
  report(
    `slow reader: ${(volume / mebi).toFixed(0)} MiB sent in ${seconds(measured.ms)} s, closed with ${measured.code}; its outbox held ` +
      `${(measured.most / 1_024).toFixed(0)} KiB at most; the gateway took ${(measured.rss / mebi).toFixed(0)} MiB at most, ` +
      `${(control.rss / mebi).toFixed(0)} without a slow reader; ${measured.delivered} deliveries to the others`,
  );
}, 240_000);

/** Sends all of it to two listeners on a gateway that nobody used before, and maybe to one who does not read. */
async function run(gateway: number, withSlowReader: boolean) {
  const [owner, ...others] = people;
  const lazy = people[3];
  const url = system.stack.services.gateway[gateway]?.url;
  if (!owner || !lazy || !url) throw new Error('nobody there');
  const { id: channelId } = await makeChannel({ name: `of gateway ${gateway}`, owner, others });
  const listeners = await Promise.all(people.slice(1, 3).map((person) => connect(person, system.gateway(gateway))));
  const slow = withSlowReader ? await connectDeaf(system.gateway(gateway), lazy.accessToken) : undefined;

  const end = slow && hearTheEnd(slow, url);
  const began = performance.now();
  const peaks = { rss: 0, most: 0 };
  const look = async () => {
    peaks.rss = Math.max(peaks.rss, await metric(url, 'process_resident_memory_bytes'));
    peaks.most = Math.max(peaks.most, await metric(url, 'storm_gateway_outbox_max_bytes'));
  };
  const api = system.stack.description.api[0] ?? '';
  const senders = people.slice(4).map(({ id, accessToken }) => {
    return new Sender({
      senderId: id,
      channelId,
      way: wayOfRest(api, accessToken),
      paceMs: 0,
      text: () => 'x'.repeat(textLength),
    });
  });
  const sent = () => senders.reduce((sum, { queued }) => sum + queued.length, 0) * textLength;
  const watching = { timeoutMs: 120_000, everyMs: 100 };
  await eventually(async () => (await look(), sent() >= volume), watching);
  await Promise.all(senders.map((sender) => sender.end()));
  const last = await storeByRest(owner.rest, draft(channelId, 'the last one'));
  await eventually(
    async () => (await look(), listeners.every((listener) => log(listener, channelId).at(-1)?.id === last.id)),
    watching,
  );
  const ms = performance.now() - began;

  const history = await readHistory(owner.rest, channelId);
  expect(history.length * textLength).toBeGreaterThanOrEqual(volume);
  for (const listener of listeners) expect(log(listener, channelId)).toEqual(history);
  const code = await end;
  const slowCloses = await metric(url, 'storm_gateway_slow_closes_total');
  const after = await metric(url, 'storm_gateway_outbox_bytes');
  await Promise.all(listeners.map(({ socket }) => socket.close()));
  return { ...peaks, ms, code, slowCloses, after, delivered: listeners.length * history.length };
}

const log = ({ socket }: Connected, channelId: string) =>
  socket.kept.flatMap((frame) => (frame.event === 'message.new' && frame.payload.channelId === channelId ? [frame.payload] : []));

/** Connects, and does not read any more once it is let in. */
async function connectDeaf(url: string, token: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
  await once(socket, 'message');
  socket.pause();
  return socket;
}

/**
 * Resolves with the code of the close. Reads only once the gateway has closed, to hear why: the close frame stands behind what
 * was not read, and the gateway waits for an answer to it a few seconds only.
 */
async function hearTheEnd(socket: WebSocket, url: string): Promise<number> {
  const closed = once(socket, 'close');
  await eventually(async () => (await metric(url, 'storm_gateway_slow_closes_total')) === 1, { timeoutMs: 120_000, everyMs: 50 });
  socket.resume();
  const [code] = (await closed) as [number];
  return code;
}
