import { randomUUID } from 'node:crypto';
import { Queue, type Job } from 'bullmq';
import { changesQueue, type ChangeJob, type JobEntry } from '@storm/shared/contracts';
import { Sealer, generateKey, generateSealKeys, parseKeyRing } from '@storm/shared/node';
import type { Verdict } from '@storm/shared/protocol';
import { eventually } from '@storm/devstack/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Worker } from '../src/index.js';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
let worker: Worker;
let queue: Queue;
let ann: string;
let room: string;
beforeAll(async () => {
  rig = await createRig({ shards: 1 });
  queue = new Queue(changesQueue, { connection: rig.redis, prefix: rig.names.shardPrefix(0) });
  worker = await rig.startWorker();
  ann = await rig.user();
});
afterAll(async () => {
  await queue.close();
  await rig.stop();
});
beforeEach(async () => void (room = await rig.channel(ann)));

const letters = () => rig.store.models.deadLetters.find({}).lean();
const because = (reason: string) => rig.store.models.deadLetters.countDocuments({ reason });
const texts = async () =>
  (await rig.asker.ask({ kind: 'page', userId: ann, channelId: room, limit: 100 })).messages.map(({ text }) => text);
const aMessage = (text: string) =>
  rig.change(room, ann, { kind: 'message', text, threadId: null, clientTs: 1 }, { wantsState: false });

/** Puts changes into one job while no worker is there, lets it be tampered with, and starts a worker. */
async function afterTampering(count: number, tamper: (data: ChangeJob) => unknown): Promise<Promise<Verdict>[]> {
  await worker.stop();
  const queued = await Promise.all(Array.from({ length: count }, (_, i) => rig.intake.submit(aMessage(`m${i}`))));
  const [job, ...others] = (await queue.getJobs(['waiting'])) as Job<ChangeJob>[];
  if (!job) throw new Error('nothing waits');
  expect(others).toEqual([]);
  expect(job.data.entries).toHaveLength(count);
  await rig.redis.hset(`${rig.names.shardPrefix(0)}:${changesQueue}:${job.id}`, 'data', JSON.stringify(tamper(job.data)));
  worker = await rig.startWorker();
  return queued.map(({ verdict }) => verdict);
}

/** The job with one entry replaced. */
const replacing = (at: number, change: (entry: JobEntry) => unknown) => (job: ChangeJob) => ({
  ...job,
  entries: job.entries.map((entry, i) => (i === at ? change(entry) : entry)),
});
const flipped = (box: string) => {
  const bytes = Buffer.from(box, 'base64');
  bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
  return bytes.toString('base64');
};
const drained = () => eventually(async () => (await queue.getJobCountByTypes('waiting', 'active')) === 0);

describe('one byte flipped in one entry of a waiting job of a hundred', () => {
  it('leaves 99 delivered, one dead letter with its reason, and its sender told', async () => {
    const before = (await letters()).length;
    const verdicts = await Promise.all(
      await afterTampering(
        100,
        replacing(42, (entry) => ({ ...entry, box: flipped(entry.box) })),
      ),
    );
    const failed = verdicts.filter(({ status }) => status !== 'persisted');
    expect(failed).toEqual([
      {
        status: 'failed',
        channelId: room,
        changeId: verdicts[42]?.changeId,
        code: 'INTERNAL_ERROR',
        message: 'It could not be processed: the entry does not open',
      },
    ]);
    expect(verdicts.flatMap(({ position }) => position ?? [])).toEqual(Array.from({ length: 99 }, (_, i) => i + 1));
    expect(await texts()).toEqual(Array.from({ length: 100 }, (_, i) => `m${i}`).filter((text) => text !== 'm42'));

    const kept = await rig.store.deadLetters.ofChange(room, ann, verdicts[42]?.changeId ?? '');
    expect(kept).toMatchObject([
      { reason: 'the entry does not open', replyTo: rig.replies.processId, attempts: 1, kid: 's1', pskId: 'i1' },
    ]);
    expect(await letters()).toHaveLength(before + 1);
    expect(JSON.stringify(kept)).not.toContain('m42');
  });

  it('makes no second letter of it when it comes again', async () => {
    let copy: unknown;
    const verdicts = await afterTampering(
      3,
      (job) => (copy = replacing(1, (entry) => ({ ...entry, box: flipped(entry.box) }))(job)),
    );
    await Promise.all(verdicts);
    const before = (await letters()).length;
    await queue.add('changes', copy, { removeOnComplete: true });
    await drained();
    expect(await letters()).toHaveLength(before);
    expect(await texts()).toEqual(['m0', 'm2']);
  });
});

describe('an entry that is no entry', () => {
  it.each<[string, (entry: JobEntry) => unknown, string]>([
    ['with an id of another shape', (entry) => ({ ...entry, senderId: 'root' }), 'the entry is malformed'],
    ['that is text', () => 'x', 'the entry is malformed'],
    ['of another sender', (entry) => ({ ...entry, senderId: `u${'x'.repeat(22)}` }), 'the entry does not open'],
  ])('%s is a dead letter, and its neighbours go on', async (_, change, reason) => {
    const before = await because(reason);
    const [first, , third] = await afterTampering(3, replacing(1, change));
    expect(await first).toMatchObject({ status: 'persisted', position: 1 });
    expect(await third).toMatchObject({ status: 'persisted', position: 2 });
    await eventually(async () => (await because(reason)) === before + 1);
    expect(await texts()).toEqual(['m0', 'm2']);
  });
});

describe('a job that no service made', () => {
  const forged = async (sealer: Sealer, replyTo = 'nobody') => {
    const context = await sealer.current();
    const { channelId, senderId, changeId } = aMessage('forged');
    const box = context.seal(Buffer.from('{}'), Buffer.from('x')).toString('base64');
    const entry = { intakeId: randomUUID().slice(0, 16), channelId, senderId, changeId, box };
    return { job: { v: 1, header: context.header, replyTo, entries: [entry, { ...entry, changeId: randomUUID() }] }, changeId };
  };
  const ring = (kid: string) => parseKeyRing(generateKey(kid));

  it.each([
    ['under another intake secret of the same name', 'i1', 's1', /does not open/],
    ['under an intake secret nobody has', 'i9', 's1', /intake secret.*i9/],
    ['to a seal key nobody has', 'i1', 's9', /seal key.*s9/],
  ])('%s, is kept entry by entry, with its reason, and stores nothing', async (_, pskId, kid, reason) => {
    const { publicRing } = await generateSealKeys(kid);
    const { job, changeId } = await forged(new Sealer({ sealKeys: parseKeyRing(publicRing), intakeSecrets: ring(pskId) }));
    await queue.add('changes', job, { removeOnComplete: true });
    await eventually(async () => (await rig.store.deadLetters.ofChange(room, ann, changeId)).length === 1);
    const [letter] = await rig.store.deadLetters.ofChange(room, ann, changeId);
    expect(letter?.reason).toMatch(reason);
    expect(letter).toMatchObject({ kid, pskId });
    expect(await texts()).toEqual([]);
    expect(await rig.say(room, ann, 'still alive')).toMatchObject({ status: 'persisted' });
  });

  it('and has no shape at all, is kept whole', async () => {
    const name = randomUUID();
    await queue.add('changes', { name }, { removeOnComplete: true });
    await eventually(async () => (await letters()).some(({ entry }) => entry.includes(name)));
    expect((await letters()).find(({ entry }) => entry.includes(name))).toMatchObject({
      reason: 'the job is malformed',
      kid: null,
    });
    await drained();
    expect(await rig.say(room, ann, 'still alive')).toMatchObject({ status: 'persisted' });
  });
});

it('no job is left behind, failed or done', async () => {
  await drained();
  expect(await queue.getJobCounts('completed', 'failed', 'delayed', 'waiting', 'active')).toEqual({
    completed: 0,
    failed: 0,
    delayed: 0,
    waiting: 0,
    active: 0,
  });
});
