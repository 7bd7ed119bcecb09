import { join } from 'node:path';
import { Message } from '@storm/shared/protocol';
import { infoField } from '@storm/shared/node';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Person } from '../../src/scenario/cast.js';
import { temporaryDirectory } from '../../src/process/temporary-directory.js';
import { startRedis, type RedisServer } from '../../src/redis/index.js';
import { eventually } from '../../src/testing/index.js';
import { connect, makeChannel, registerMany, type Connected } from './support/crowd.js';
import { expectIntact } from './support/intact.js';
import { draft, storeByRest } from './support/messages.js';
import { report, seconds } from './support/report.js';
import { Sender, wayOfRest, wayOfSocket } from './support/sender.js';
import { startSystem, type System } from './support/system.js';

const maxMegabytes = 48;

const directory = temporaryDirectory();
let server: RedisServer;
let redis: Redis;
let system: System;
let people: Person[];
let connected: Connected[];

beforeAll(async () => {
  server = await startRedis({ dir: join(directory.path, 'redis'), maxmemory: `${maxMegabytes}mb` });
  redis = new Redis(server.url);
  // No limit but memory: it is what must hold when all else fails.
  const limits = { INTAKE_SLOW_DEPTH: '100000', INTAKE_REFUSE_DEPTH: '100000', INTAKE_REFUSE_AGE_MS: '86400000' };
  system = await startSystem({ redisUrl: server.url, env: () => limits });
  people = await registerMany(() => system.api(), 25);
  connected = await Promise.all(people.slice(0, 13).map((person, i) => connect(person, system.gateway(i % 2))));
}, 120_000);

afterAll(async () => {
  await Promise.all((connected ?? []).map(({ socket }) => socket.close()));
  await system?.stop();
  redis?.disconnect();
  await server?.stop();
  directory.remove();
});

it('without a worker queues until Redis is as full as it may be, and a worker then drains it to the last one', async () => {
  const [owner, ...others] = people;
  if (!owner) throw new Error('nobody there');
  const { id: channelId } = await makeChannel({ name: 'unattended', owner, others });
  await storeByRest(owner.rest, draft(channelId, 'while somebody works'));

  const worker = system.stack.services.worker[0]?.process;
  await worker?.stop();
  const api = system.stack.description.api[0] ?? '';
  const options = { channelId, paceMs: 0, text: (n: number) => `${n} `.padEnd(4_000, 'x') };
  const socketSenders = connected
    .slice(1)
    .map(({ id, socket }) => new Sender({ ...options, senderId: id, way: wayOfSocket(socket) }));
  const senders = [
    ...socketSenders,
    ...people.slice(13).map(({ id, accessToken }) => {
      return new Sender({ ...options, senderId: id, way: wayOfRest(api, accessToken) });
    }),
  ];
  const began = performance.now();
  await eventually(() => senders.every(({ attempts }) => attempts.at(-1)?.queued === false), { timeoutMs: 120_000 });
  const full = performance.now();
  const queued = senders.reduce((sum, sender) => sum + sender.queued.length, 0);
  const refused = senders.flatMap(({ attempts }) => attempts.filter((attempt) => !attempt.queued));
  expect(refused.every(({ code, retryAfterMs }) => code === 'UNAVAILABLE' && (retryAfterMs ?? 0) > 0)).toBe(true);
  expect(senders.some(({ attempts }) => attempts.some(({ slowDown }) => slowDown))).toBe(true);
  // It is full and stays so: refusals go on, and memory with them.
  const marks = senders.map(({ attempts }) => attempts.length);
  await eventually(() => senders.every(({ attempts }, i) => attempts.length > (marks[i] ?? 0) + 3), { timeoutMs: 30_000 });
  const memory = await usedMegabytes('used_memory');
  const peak = await usedMegabytes('used_memory_peak');
  expect(memory).toBeGreaterThan(0.6 * maxMegabytes);
  expect(peak).toBeLessThan(0.8 * maxMegabytes);

  const asked = performance.now();
  await expect(owner.rest.call(z.array(Message), 'GET', `/channels/${channelId}/messages`)).rejects.toMatchObject({
    status: 503,
    code: 'UNAVAILABLE',
  });
  const answered = performance.now() - asked;
  expect(answered).toBeLessThan(1_000);

  const ended = Promise.all(senders.map((sender) => sender.end()));
  await worker?.start();
  const there = performance.now();
  await ended;
  for (const [i, sender] of socketSenders.entries()) await expectVerdicts(connected[i + 1], sender);
  const history = await expectIntact({ system, channelId, rest: owner.rest, sent: senders, listeners: connected });
  report(
    `no worker: ${queued} messages of 4,000 characters queued in ${seconds(full - began)} s, then refused; Redis used ` +
      `${memory.toFixed(1)} of ${maxMegabytes} MB, ${peak.toFixed(1)} at most; a question was refused in ` +
      `${answered.toFixed(0)} ms; a worker stored all ${history.length} in ${seconds(performance.now() - there)} s`,
  );
}, 240_000);

/** Each that was queued has one result: it is stored. */
async function expectVerdicts(sender: Connected | undefined, { queued }: Sender): Promise<void> {
  await eventually(
    () => {
      const results = (sender?.socket.kept ?? []).flatMap((frame) => (frame.event === 'message.result' ? [frame.payload] : []));
      expect(results.map(({ messageId, status }) => [messageId, status])).toEqual(
        queued.map(({ messageId }) => [messageId, 'persisted']),
      );
      return true;
    },
    { timeoutMs: 60_000, everyMs: 200 },
  );
}

async function usedMegabytes(field: 'used_memory' | 'used_memory_peak'): Promise<number> {
  return Number(infoField(await redis.info('memory'), field)) / 2 ** 20;
}
