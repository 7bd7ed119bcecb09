import { Queue } from 'bullmq';
import { changesQueue } from '@storm/shared/contracts';
import type { Verdict } from '@storm/shared/protocol';
import { StoreUnavailable, openStore, type Store } from '@storm/store';
import { eventually, testMongoUrl } from '@storm/devstack/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Worker } from '../src/index.js';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
let queue: Queue;
let ann: string;
let room: string;
let worker: Worker;
beforeEach(async () => {
  rig = await createRig({ shards: 1 });
  queue = new Queue(changesQueue, { connection: rig.redis, prefix: rig.names.shardPrefix(0) });
  worker = await rig.startWorker();
  ann = await rig.user();
  room = await rig.channel(ann);
});
afterEach(async () => {
  await queue.close();
  await rig.stop();
});

/** A worker's own store, with some of it replaced. */
function storeWith(replace: (store: Store) => Partial<Store['timeline']>, deadLetterCap?: number): Store {
  const store = openStore({
    url: testMongoUrl(),
    database: rig.config.MONGO_DATABASE,
    ...(deadLetterCap === undefined ? {} : { deadLetterCap }),
  });
  return { ...store, timeline: { ...store.timeline, ...replace(store) } };
}

/** Three messages in one job, while no worker is there; returns the job's id. */
async function waiting(): Promise<{ jobId: string; verdicts: Promise<Verdict>[] }> {
  await worker.stop();
  const bodies = ['first', 'second', 'third'].map((text) => ({ kind: 'message' as const, text, threadId: null, clientTs: 1 }));
  const queued = await Promise.all(bodies.map((body) => rig.intake.submit(rig.change(room, ann, body))));
  const [job] = await queue.getJobs(['waiting']);
  return { jobId: job?.id ?? '', verdicts: queued.map(({ verdict }) => verdict) };
}
/** As if so many workers had died, or lost their lock, with the job. */
const stalled = (jobId: string, times: number) =>
  rig.redis.hset(`${rig.names.shardPrefix(0)}:${changesQueue}:${jobId}`, 'stc', times);
const notes = (jobId: string) => rig.redis.hgetall(rig.names.suspects(0, jobId));
const letters = () => rig.store.models.deadLetters.find({}).lean();
const seqs = (verdicts: Verdict[]) => verdicts.map(({ status, seq }) => [status, seq]);

describe('a change that meets a bug', () => {
  it('is found by itself and kept, its sender told, and its neighbours are delivered', async () => {
    const { jobId, verdicts } = await waiting();
    // What fails is the third row of all that would be stored: whichever bulk it is in.
    let poison: string | undefined;
    const store = storeWith(({ timeline }) => ({
      async insertRows(rows) {
        poison ??= rows[1]?.changeId;
        if (rows.some(({ changeId }) => changeId === poison)) throw new TypeError('a bug');
        return timeline.insertRows(rows);
      },
    }));
    await rig.startWorker({ store });
    const [first, second, third] = await Promise.all(verdicts);
    expect(seqs([first, third] as Verdict[])).toEqual([
      ['persisted', 2],
      ['persisted', 3],
    ]);
    expect(second).toMatchObject({ status: 'failed', code: 'INTERNAL_ERROR', message: /can't be stored: TypeError/ });
    expect(await letters()).toMatchObject([{ changeId: second?.changeId, reason: "it can't be stored: TypeError" }]);
    await eventually(async () => Object.keys(await notes(jobId)).length === 0);
  });
});

describe('a change that is stored, and meets a bug after', () => {
  it('is no dead letter, and its sender is told that it is stored', async () => {
    const { verdicts } = await waiting();
    let failures = 0;
    const store = storeWith(({ timeline }) => ({
      // The first follow-up: of the job, and of the first change alone.
      apply: (ops) => (failures++ < 2 ? Promise.reject(new TypeError('a bug')) : timeline.apply(ops)),
    }));
    await rig.startWorker({ store });
    expect(seqs(await Promise.all(verdicts))).toEqual([
      ['persisted', 2],
      ['persisted', 3],
      ['persisted', 4],
    ]);
    expect(failures).toBeGreaterThan(2);
    expect(await letters()).toEqual([]);
  });
});

describe('a job whose workers died', () => {
  it('goes one by one from the second death on, and loses nothing when it was not its fault', async () => {
    const { jobId, verdicts } = await waiting();
    await stalled(jobId, 2);
    const bulks: number[] = [];
    const store = storeWith(({ timeline }) => ({
      insertRows: (rows) => (bulks.push(rows.length), timeline.insertRows(rows)),
    }));
    await rig.startWorker({ store });
    expect(seqs(await Promise.all(verdicts))).toEqual([
      ['persisted', 2],
      ['persisted', 3],
      ['persisted', 4],
    ]);
    expect(bulks).toEqual([1, 1, 1]);
    await eventually(async () => Object.keys(await notes(jobId)).length === 0);
    expect(await letters()).toEqual([]);
  });

  it('gives up what was alone under way at three deaths, and only that', async () => {
    const { jobId, verdicts } = await waiting();
    await stalled(jobId, 5);
    await rig.redis.hset(rig.names.suspects(0, jobId), { '0': 2, '1': 3 });
    await rig.startWorker();
    const [first, second, third] = await Promise.all(verdicts);
    expect(seqs([first, third] as Verdict[])).toEqual([
      ['persisted', 2],
      ['persisted', 3],
    ]);
    expect(second).toMatchObject({ status: 'failed', message: /3 workers died with it/ });
    expect(await letters()).toMatchObject([{ reason: '3 workers died with it' }]);
  });

  it('is not given up because workers were stopped in order while its database was away', async () => {
    const { jobId, verdicts } = await waiting();
    await stalled(jobId, 2);
    for (let stop = 0; stop < 4; stop++) {
      const away = storeWith(() => ({ insertRows: () => Promise.reject(new StoreUnavailable(undefined)) }));
      const waits = await rig.startWorker({ store: away });
      await eventually(async () => (await notes(jobId))['0'] === '1');
      await waits.stop();
      expect(await notes(jobId)).toEqual({ '0': '0' });
    }
    await rig.startWorker();
    expect(seqs(await Promise.all(verdicts))).toEqual([
      ['persisted', 2],
      ['persisted', 3],
      ['persisted', 4],
    ]);
    expect(await letters()).toEqual([]);
  });
});

it('is to blame for no death before it is the next to be decided', async () => {
  const { jobId, verdicts } = await waiting();
  await stalled(jobId, 2);
  let asked = 0;
  const away = storeWith(() => ({
    storedChanges: () => {
      asked += 1;
      return Promise.reject(new StoreUnavailable(undefined));
    },
  }));
  const waits = await rig.startWorker({ store: away });
  await eventually(() => asked > 1);
  expect(await notes(jobId)).toEqual({});
  await waits.stop();
  await rig.startWorker();
  expect((await Promise.all(verdicts)).map(({ status }) => status)).toEqual(['persisted', 'persisted', 'persisted']);
});

describe('a dead letter for which there is no room', () => {
  it('waits, while its neighbours have their verdicts, until an operator makes some', async () => {
    const { jobId, verdicts } = await waiting();
    await rig.store.deadLetters.insert({
      digest: 'full',
      kid: null,
      pskId: null,
      enc: null,
      entry: '{}',
      channelId: null,
      senderId: null,
      changeId: null,
      intakeId: null,
      replyTo: null,
      reason: 'in the way',
      attempts: 1,
      failedAt: new Date(),
    });
    await stalled(jobId, 2);
    await rig.redis.hset(rig.names.suspects(0, jobId), { '1': 3 });
    await rig.startWorker({ store: storeWith(() => ({}), 1) });
    expect(seqs((await Promise.all([verdicts[0], verdicts[2]])) as Verdict[])).toEqual([
      ['persisted', 2],
      ['persisted', 3],
    ]);
    expect(await queue.getJobCounts('active', 'failed')).toEqual({ active: 1, failed: 0 });
    const blocking = await rig.store.deadLetters.get('full');
    if (blocking) await rig.store.deadLetters.remove(blocking);
    expect(await verdicts[1]).toMatchObject({ status: 'failed' });
    expect(await letters()).toMatchObject([{ reason: '3 workers died with it' }]);
  });
});
