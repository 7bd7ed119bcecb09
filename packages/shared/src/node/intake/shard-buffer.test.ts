import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventually } from '@storm/devstack/testing';
import { defaultBatchLimits, lingerFor, type BatchLimits } from './batch-limits.js';
import { ShardBuffer } from './shard-buffer.js';

interface Entry {
  n: number;
  bytes: number;
}

/** A queue whose adds end when the test says so. */
class Sink {
  readonly added: Entry[][] = [];
  /** What went out, either way, in the order in which it did. */
  readonly left: number[] = [];
  readonly refused: number[] = [];
  readonly inQueue: number[] = [];
  readonly open: { inQueue: () => void; fail: () => void }[] = [];
  readonly answers: (() => void)[] = [];

  add(batch: Entry[], done: () => void): Promise<void> {
    this.added.push([...batch]);
    this.left.push(...batch.map(({ n }) => n));
    this.answers.push(done);
    return new Promise((resolve, reject) => {
      const inQueue = () => {
        this.inQueue.push(...batch.map(({ n }) => n));
        resolve();
      };
      this.open.push({ inQueue, fail: () => reject(new Error('away')) });
    });
  }

  refuse(entries: Entry[]): void {
    const numbers = entries.map(({ n }) => n);
    this.refused.push(...numbers);
    this.left.push(...numbers.filter((n) => !this.left.includes(n)));
  }
}

function create(limits: Partial<BatchLimits> = {}) {
  const sink = new Sink();
  const buffer = new ShardBuffer<Entry>({ ...defaultBatchLimits, lingerMaxMs: forEver, ...limits }, sink);
  let count = 0;
  const push = (bytes = 1) => buffer.push({ n: count++, bytes });
  return { sink, buffer, push, count: () => count };
}

const forEver = 2 ** 30;

describe('group commit', () => {
  it('sends a lone change at once, and what the same turn brings with it', async () => {
    const { sink, push } = create({ lingerMs: forEver });
    push();
    push();
    await turn();
    expect(sink.added.map((batch) => batch.length)).toEqual([2]);
  });

  it('has one add in flight; what arrives meanwhile goes into the next', async () => {
    const { sink, buffer, push } = create({ lingerMs: 0 });
    push();
    await turn();
    for (let i = 0; i < 3; i++) push();
    await turn();
    expect(sink.added).toHaveLength(1);
    expect(buffer.size).toBe(4);
    sink.open[0]?.inQueue();
    await eventually(() => sink.added.length === 2);
    expect(sink.added[1]?.map(({ n }) => n)).toEqual([1, 2, 3]);
    expect(buffer.size).toBe(3);
  });

  it('lets a batch gather while a job is under way, till that is answered', async () => {
    const { sink, push } = create({ lingerMs: forEver });
    push();
    await turn();
    sink.open[0]?.inQueue();
    await turn();
    for (let i = 0; i < 3; i++) {
      push();
      await turn();
    }
    expect(sink.added).toHaveLength(1);
    sink.answers[0]?.();
    await turn();
    expect(sink.added[1]).toHaveLength(3);
  });

  it('lets it gather no longer than it lingers', async () => {
    const { sink, push } = create({ lingerMs: 5 });
    push();
    await turn();
    sink.open[0]?.inQueue();
    await turn();
    push();
    await eventually(() => sink.added.length === 2);
  });

  it('waits on while only some of the jobs are answered', async () => {
    const { sink, buffer, push } = create({ lingerMs: forEver, entries: 2 });
    for (let i = 0; i < 4; i++) push();
    await turn();
    sink.open[0]?.inQueue();
    await eventually(() => sink.open.length === 2);
    sink.open[1]?.inQueue();
    await turn();
    push();
    sink.answers[1]?.();
    await turn();
    expect(buffer.size).toBe(1);
    sink.answers[0]?.();
    await turn();
    expect(sink.added).toHaveLength(3);
  });

  it('lingers no longer than behind one job once all but one are answered', async () => {
    const { sink, push } = create({ lingerMs: 0, entries: 2 });
    for (let i = 0; i < 4; i++) push();
    await turn();
    sink.open[0]?.inQueue();
    await eventually(() => sink.open.length === 2);
    sink.open[1]?.inQueue();
    await turn();
    push();
    await turn();
    expect(sink.added).toHaveLength(2); // behind two: it would linger for ever
    sink.answers[0]?.();
    await turn();
    expect(sink.added).toHaveLength(3);
  });

  it('takes answers that are faster than the answer to the add', async () => {
    const { sink, push } = create({ lingerMs: forEver });
    push();
    await turn();
    sink.answers[0]?.();
    sink.open[0]?.inQueue();
    await turn();
    push();
    await turn();
    expect(sink.added).toHaveLength(2);
  });

  it('waits for no answers any more once they are forgotten, and counts late ones for nothing', async () => {
    const { sink, buffer, push } = create({ lingerMs: forEver });
    push();
    await turn();
    sink.open[0]?.inQueue();
    await turn();
    push();
    buffer.forgetJobs();
    await turn();
    expect(sink.added).toHaveLength(2);
    sink.open[1]?.inQueue();
    await turn();
    push();
    sink.answers[0]?.();
    await turn();
    expect(sink.added).toHaveLength(2);
  });

  it('sends a batch at once when it is full, by entries or by bytes', async () => {
    for (const limits of [{ entries: 3 }, { bytes: 30 }]) {
      const { sink, push } = create({ lingerMs: forEver, ...limits });
      push(10);
      await turn();
      sink.open[0]?.inQueue();
      await turn();
      push(10);
      push(10);
      await turn();
      expect(sink.added).toHaveLength(1);
      push(10);
      expect(sink.added[1]).toHaveLength(3);
    }
  });

  it('refuses what waits behind an add that failed: it would wait out another timeout', async () => {
    const { sink, buffer, push } = create({ entries: 2 });
    push();
    await turn();
    for (let i = 0; i < 5; i++) push();
    sink.open[0]?.fail();
    await turn();
    expect(sink.refused).toEqual([0, 1, 2, 3, 4, 5]);
    expect(buffer.size).toBe(0);
    push();
    await turn();
    expect(sink.added[1]?.map(({ n }) => n)).toEqual([6]);
  });

  it('is full at its cap of entries, or of bytes, till some of it has left', async () => {
    for (const limits of [{ waiting: 4 }, { waitingBytes: 40 }]) {
      const { sink, buffer, push } = create({ entries: 3, ...limits });
      push(10);
      await turn();
      for (let i = 0; i < 3; i++) push(10);
      expect(buffer.full).toBe(false);
      push(10);
      expect(buffer.full).toBe(true);
      sink.open[0]?.inQueue();
      await eventually(() => !buffer.full);
    }
  });
});

it('lingers for nobody when no job is under way, shortly behind one, and as long as it may behind more', () => {
  const limits = { ...defaultBatchLimits, lingerMs: 7, lingerMaxMs: 20 };
  expect([0, 1, 2, 3, 1_000].map((jobs) => lingerFor(limits, jobs))).toEqual([0, 7, 20, 20, 20]);
  expect(lingerFor({ ...limits, lingerMaxMs: 5 }, 1)).toBe(5);
});

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('push' as const), bytes: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('turn' as const, 'inQueue' as const, 'answer' as const) }) },
  fc.record({ do: fc.constantFrom('fail' as const, 'forget' as const) }),
);

it('loses, doubles and reorders nothing, and keeps its limits, whatever the timing', async () => {
  const limits = { entries: 5, bytes: 100, waiting: 20, waitingBytes: 400, lingerMs: 1, lingerMaxMs: 2 };
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 80 }), async (actions) => {
      const { sink, buffer, push, count } = create(limits);
      let settled = 0;
      const settle = (how: 'inQueue' | 'fail') => {
        expect(sink.open.length - settled).toBeLessThanOrEqual(1);
        if (sink.open.length > settled) sink.open[settled++]?.[how]();
      };
      for (const step of actions) {
        if (step.do === 'push' && !buffer.full) push(step.bytes);
        else if (step.do === 'inQueue' || step.do === 'fail') settle(step.do);
        else if (step.do === 'answer') sink.answers.shift()?.();
        else if (step.do === 'forget') buffer.forgetJobs();
        else await turn();
      }
      // No answers from here on: what waits leaves by itself.
      await eventually(() => (settle('inQueue'), buffer.size === 0), { everyMs: 1 });

      expect(sink.left).toEqual(Array.from({ length: count() }, (_, n) => n));
      for (const batch of sink.added) {
        expect(batch.length).toBeLessThanOrEqual(limits.entries);
        if (batch.length > 1) expect(batch.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(limits.bytes);
      }
      // Each is in the queue or refused, never both: who asked is told one thing.
      expect([...sink.inQueue, ...sink.refused].sort((a, b) => a - b)).toEqual(sink.left);
    }),
  );
});
