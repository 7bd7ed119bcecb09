import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRedis } from '@storm/devstack';
import { eventually, startProxy, testRedisUrl, type TcpProxy } from '@storm/devstack/testing';
import { aChange, channelIn, createAskingSide, type AskingSide } from '../../../tests/support/asking-side.js';
import { consumeChanges, openJob, persisted, sendReply, waitingJobs } from '../../../tests/support/worker-side.js';
import { newUserId, type Change } from '../../contracts/index.js';
import type { Intake } from './intake.js';

let side: AskingSide;
let proxy: TcpProxy;
let channelId: string;

beforeEach(async () => {
  const { hostname: host, port } = new URL(testRedisUrl());
  proxy = await startProxy({ target: { host, port: Number(port) } });
  side = await createAskingSide({ url: `redis://127.0.0.1:${proxy.port}` });
  channelId = channelIn(0, side.names);
  await side.start();
});
afterEach(async () => {
  await side.stop();
  await proxy.stop();
});

/** How a submission ends, and after how many milliseconds. */
async function outcome(intake: Intake, change: Change): Promise<{ code: string; ms: number }> {
  const began = performance.now();
  const code = await intake.submit(change).then(
    () => 'queued',
    (error: unknown) => String((error as { code?: string }).code),
  );
  return { code, ms: performance.now() - began };
}

async function submitUntilQueued(intake: Intake) {
  await eventually(async () => (await outcome(intake, aChange(channelId, 'again'))).code === 'queued');
}

describe.each([
  ['stalls', () => Promise.resolve(proxy.stall()), () => Promise.resolve(proxy.resume())],
  ['refuses', () => proxy.refuse(), () => proxy.accept()],
])('while Redis %s', (_name, breakIt, mendIt) => {
  it('refuses every change within a second, and takes them by itself once Redis is back', async () => {
    const intake = side.intake();
    expect((await outcome(intake, aChange(channelId, 'before'))).code).toBe('queued');
    await breakIt();
    // Also the ones that come while an add hangs, and would else wait behind it.
    const outcomes: Promise<{ code: string; ms: number }>[] = [];
    await eventually(() => {
      outcomes.push(outcome(intake, aChange(channelId, 'during')));
      return intake.pressure('changes').level === 'refuse';
    });
    outcomes.push(outcome(intake, aChange(channelId, 'late')));
    for (const { code, ms } of await Promise.all(outcomes)) {
      expect(code).toBe('UNAVAILABLE');
      expect(ms).toBeLessThan(1_000);
    }
    expect(intake.depth.waiting).toBe(0);
    await mendIt();
    await submitUntilQueued(intake);
  });
});

it('takes changes by itself when Redis comes up after the process', async () => {
  await proxy.refuse();
  const early = await createAskingSide({ url: `redis://127.0.0.1:${proxy.port}` });
  try {
    const intake = early.intake();
    const shard = channelIn(0, early.names);
    expect((await outcome(intake, aChange(shard, 'too early'))).code).toBe('UNAVAILABLE');
    // Past the first attempt to connect, which is the one that matters.
    await eventually(() => early.redis.status === 'reconnecting');
    await proxy.accept();
    await early.start();
    expect((await outcome(intake, aChange(shard, 'now'))).code).toBe('queued');
  } finally {
    await early.stop();
  }
});

it('stores what was refused at most once, and nobody waits for its verdict', async () => {
  const intake = side.intake();
  proxy.stall();
  expect((await outcome(intake, aChange(channelId, 'maybe'))).code).toBe('UNAVAILABLE');
  expect(intake.depth).toEqual({ waiting: 0, underWay: 0 });
  proxy.resume();
  await submitUntilQueued(intake);
  const jobs = await Promise.all((await waitingJobs(0, side)).map((job) => openJob(job, side)));
  const texts = jobs.flatMap(({ changes }) => changes.map(({ body }) => ('text' in body ? body.text : '')));
  expect(texts.filter((text) => text === 'maybe').length).toBeLessThanOrEqual(1);
  expect(texts.filter((text) => text === 'again')).toHaveLength(1);
});

it('refuses while the way back for verdicts is broken, though the queue takes jobs', async () => {
  const intake = side.intake();
  side.subscriber.disconnect();
  await eventually(() => !side.replies.live);
  await side.vitals.refresh();
  await expect(intake.submit(aChange(channelId, 'x'))).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: 'the way back for verdicts is broken',
  });
  await side.subscriber.connect();
  await eventually(() => side.replies.live);
  await intake.submit(aChange(channelId, 'x'));
});

it('gets verdicts that are sent after the link is back, for changes from before it broke', async () => {
  const intake = side.intake();
  const { verdict } = await intake.submit(aChange(channelId, 'x'));
  proxy.cut();
  await eventually(() => !side.replies.live, { everyMs: 1 });
  await eventually(() => side.replies.live);
  const [job] = await waitingJobs(0, side);
  const { changes, context, replyTo } = await openJob(job, side);
  await sendReply({ verdicts: changes.map(persisted) }, context, replyTo, side);
  expect(await verdict).toMatchObject({ status: 'persisted' });
});

it('counts verdicts that were sent while the link was broken as lost, after a while; later changes keep theirs', async () => {
  const intake = side.intake({ verdictAfterBreakMs: 300 });
  const { verdict } = await intake.submit(aChange(channelId, 'x'));
  await proxy.refuse();
  await eventually(() => !side.replies.live);
  const consumer = consumeChanges(0, side);
  await eventually(() => consumer.seen.length === 1);
  await consumer.stop();
  await proxy.accept();
  await submitUntilQueued(intake);
  expect(await verdict).toMatchObject({ status: 'failed', code: 'UNAVAILABLE' });
  expect(intake.depth.underWay).toBe(1);
});

it('gathers no batch for verdicts that were lost with the link', async () => {
  const intake = side.intake({ batch: { lingerMs: 2 ** 30, lingerMaxMs: 2 ** 30 } });
  await intake.submit(aChange(channelId, 'x'));
  const waits = intake.submit(aChange(channelId, 'y'));
  proxy.cut();
  await waits.catch(() => undefined);
  expect(intake.depth.waiting).toBe(0);
});

describe('on a Redis of its own', () => {
  it('refuses long before Redis is full, slows down before that, and takes more once there is room', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'storm-intake-'));
    const redis = await startRedis({ dir, maxmemory: '24mb' });
    const small = await createAskingSide({ url: redis.url, directUrl: redis.url, shards: 1 });
    try {
      await small.start();
      const intake = small.intake();
      const levels = new Set<string>();
      const stored: string[] = [];
      const filler = channelIn(0, small.names);
      let code = 'queued';
      while (code === 'queued') {
        levels.add(intake.pressure('changes').level);
        const batch = Array.from({ length: 100 }, () => aChange(filler, 'x'.repeat(4_000)));
        for (const [i, result] of (await Promise.all(batch.map((change) => outcome(intake, change)))).entries()) {
          if (result.code === 'queued') stored.push(batch[i]?.changeId ?? '');
          else code = result.code;
        }
        await small.vitals.refresh();
      }
      expect(code).toBe('UNAVAILABLE');
      expect([...levels]).toEqual(['ok', 'slow', 'refuse'].slice(0, levels.size));
      expect(levels.has('slow')).toBe(true);
      expect(intake.pressure('changes')).toMatchObject({ level: 'refuse', why: 'the queue is full' });
      expect(small.vitals.reading?.memory).toBeGreaterThanOrEqual(0.6);
      expect(small.vitals.reading?.memory).toBeLessThan(0.8);

      const { seen, stop } = consumeChanges(0, small);
      await eventually(() => intake.pressure('changes').level === 'ok', { timeoutMs: 20_000 });
      await intake.submit(aChange(filler, 'room again'));
      await eventually(() => seen.length === stored.length + 1);
      expect(seen.slice(0, -1).map(({ changeId }) => changeId)).toEqual(stored);
      await stop();
    } finally {
      await small.stop();
      await redis.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

it('keeps read positions that Redis did not take, and brings the furthest when it is back', async () => {
  const intake = side.intake({ readEveryMs: 20 });
  const userId = newUserId();
  proxy.stall();
  intake.read({ channelId, userId, position: 1 });
  await eventually(() => intake.pressure('changes').level === 'refuse');
  expect(() => intake.read({ channelId, userId, position: 2 })).toThrow('Redis does not answer');
  proxy.resume();
  await eventually(() => intake.pressure('changes').level === 'ok');
  const { reads, stop } = consumeChanges(0, side);
  await eventually(() => reads.length > 0);
  expect(reads.at(-1)).toEqual({ channelId, userId, position: 1 });
  await stop();
});
