import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '@storm/devstack/testing';
import { aChange, channelIn, createAskingSide, type AskingSide } from '../../../tests/support/asking-side.js';
import { consumeChanges, openJob, persisted, sealReply, sendReply, waitingJobs } from '../../../tests/support/worker-side.js';
import { messageIdOf, newUserId, type ChangeBody } from '../../contracts/index.js';
import { limits } from '../../protocol/index.js';

let side: AskingSide;
let channelId: string;
/** What the sealer's clock is ahead, in milliseconds. */
let ahead: number;
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  ahead = 0;
  side = await createAskingSide({ now: () => Date.now() + ahead });
  channelId = channelIn(0, side.names);
  await side.start();
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  await side.stop();
});

const consume = (...args: [number, Parameters<typeof consumeChanges>[2]?]) => {
  const consumer = consumeChanges(args[0], side, args[1]);
  stops.push(consumer.stop);
  return consumer;
};

describe('what intake puts into the queue', () => {
  it('is what was submitted, for the worker alone: nothing of it is readable in Redis but ids', async () => {
    const change = { ...aChange(channelId, 'a canary in the text'), wantsState: true, senderRole: 'admin' as const };
    const { id } = await side.intake().submit(change);
    const jobs = await waitingJobs(0, side);
    expect(JSON.stringify(jobs)).not.toMatch(/canary|admin/);
    expect(jobs).toHaveLength(1);
    const { changes, replyTo } = await openJob(jobs[0], side);
    expect(changes).toEqual([{ ...change, intakeId: expect.any(String) as string }]);
    expect(replyTo).toBe(side.replies.processId);
    expect(id).toBe(messageIdOf(channelId, change.senderId, change.changeId));
  });

  it('is there when the change is acknowledged', async () => {
    const intake = side.intake();
    for (let i = 1; i <= 5; i++) {
      await intake.submit(aChange(channelId, `${i}`));
      expect(await waitingJobs(0, side)).toHaveLength(i);
    }
  });

  it('keeps the order of a channel over many jobs, and what comes together travels together', async () => {
    const intake = side.intake({ batch: { entries: 7 } });
    const { seen, jobs } = consume(0);
    const texts = Array.from({ length: 300 }, (_, i) => `${i}`);
    const verdicts: Promise<unknown>[] = [];
    for (const text of texts) {
      verdicts.push(intake.submit(aChange(channelId, text)).then(({ verdict }) => verdict));
      if (Number(text) % 25 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(verdicts);
    expect(seen.map(({ body }) => (body as ChangeBody & { kind: 'message' }).text)).toEqual(texts);
    expect(Math.max(...jobs)).toBe(7);
    expect(jobs.length).toBeLessThan(100);
  });

  it('goes to the shard of its channel', async () => {
    const other = channelIn(1, side.names);
    await side.intake().submit(aChange(other, 'x'));
    expect(await waitingJobs(0, side)).toHaveLength(0);
    expect(await waitingJobs(1, side)).toHaveLength(1);
  });

  it('is cut into jobs of at most the bytes allowed, whatever the script of the text', async () => {
    const bytes = 20_000;
    const intake = side.intake({ batch: { bytes } });
    const texts = ['a', '€', '\u0001', '😀', '"'].flatMap((unit) => [unit.repeat(1_500), unit.repeat(200)]);
    await Promise.all(texts.map((text) => intake.submit(aChange(channelId, text))));
    const sizes = (await waitingJobs(0, side)).map((job) => JSON.stringify((job as { entries: unknown[] }).entries).length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(bytes);
    expect(sizes.length).toBeLessThan(texts.length);
  });

  it('fits the box of an entry with the longest text there is, in its longest form', async () => {
    await side.intake().submit(aChange(channelId, '\u0001'.repeat(limits.textLength)));
    const [job] = await waitingJobs(0, side);
    expect((await openJob(job, side)).changes[0]?.body).toMatchObject({ kind: 'message' });
  });
});

describe('a verdict', () => {
  it('settles once: the first one counts', async () => {
    const { verdict } = await side.intake().submit(aChange(channelId, 'x'));
    const [job] = await waitingJobs(0, side);
    const { changes, context, replyTo } = await openJob(job, side);
    const first = changes.map((change) => ({ ...persisted(change), seq: 1 }));
    const second = changes.map((change) => ({ ...persisted(change), seq: 2 }));
    await sendReply({ verdicts: [...first, ...second] }, context, replyTo, side);
    await sendReply({ verdicts: second }, context, replyTo, side);
    const { intakeId: _, ...expected } = first[0] ?? { intakeId: '' };
    expect(await verdict).toEqual(expected);
  });

  it('may be faster than the answer to the add', async () => {
    const { seen } = consume(0);
    const intake = side.intake();
    for (let i = 0; i < 50; i++) {
      const { verdict } = await intake.submit(aChange(channelId, `${i}`));
      expect((await verdict).status).toBe('persisted');
    }
    expect(seen).toHaveLength(50);
    expect(intake.depth).toEqual({ waiting: 0, underWay: 0 });
  });

  it('opens however many sealing periods later it comes: its keys are kept till then', async () => {
    const intake = side.intake();
    const { verdict } = await intake.submit(aChange(channelId, 'x'));
    const [first] = await waitingJobs(0, side);
    const { changes, context, replyTo } = await openJob(first, side);
    for (let hour = 1; hour <= 5; hour++) {
      ahead += 3_600_000;
      await side.sealer.current();
    }
    await sendReply({ verdicts: changes.map(persisted) }, context, replyTo, side);
    expect((await verdict).status).toBe('persisted');
    ahead += 3_600_000;
    await side.sealer.current();
    expect(side.sealer.context(context.id)).toBeUndefined();
  });

  it('that never comes counts as lost after a while, and the client is told to ask again', async () => {
    const intake = side.intake({ verdictMs: 100 });
    const change = aChange(channelId, 'x');
    const { verdict } = await intake.submit(change);
    expect(intake.depth).toEqual({ waiting: 0, underWay: 1 });
    const { changeId } = change;
    expect(await verdict).toMatchObject({ status: 'failed', code: 'UNAVAILABLE', channelId, changeId });
    expect(intake.depth).toEqual({ waiting: 0, underWay: 0 });
  });

  it('that is not in when intake closes counts as lost', async () => {
    const intake = side.intake();
    const { verdict } = await intake.submit(aChange(channelId, 'x'));
    await intake.close();
    expect(await verdict).toMatchObject({ status: 'failed', code: 'UNAVAILABLE' });
    await expect(intake.submit(aChange(channelId, 'y'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('of another process is not ours', async () => {
    const intake = side.intake();
    const { verdict } = await intake.submit(aChange(channelId, 'x'));
    const [job] = await waitingJobs(0, side);
    const { changes, context } = await openJob(job, side);
    // Sealed for another, and sent to us.
    const message = sealReply({ verdicts: changes.map(persisted) }, context, randomUUID());
    await side.direct.publish(side.names.reply(side.replies.processId), message);
    await sendReply(
      { verdicts: changes.map((change) => ({ ...persisted(change), seq: 7 })) },
      context,
      side.replies.processId,
      side,
    );
    expect(await verdict).toMatchObject({ seq: 7 });
  });
});

describe('the caps of intake', () => {
  it('refuses when as many changes as allowed have no verdict, and takes more when some have', async () => {
    const intake = side.intake({ maxUnderWay: 3 });
    const submitted = Array.from({ length: 5 }, (_, i) => intake.submit(aChange(channelId, `${i}`)));
    const outcomes = await Promise.allSettled(submitted);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
    await expect(submitted[3]).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'too many changes are under way' });
    consume(0);
    await eventually(() => intake.depth.underWay === 0);
    await intake.submit(aChange(channelId, 'again'));
  });

  it('refuses when as many as allowed wait for their job, and other shards go on', async () => {
    const intake = side.intake({ batch: { waiting: 2 } });
    const submitted = Array.from({ length: 4 }, (_, i) => intake.submit(aChange(channelId, `${i}`)));
    const elsewhere = intake.submit(aChange(channelIn(1, side.names), 'x'));
    expect((await Promise.allSettled(submitted)).filter(({ status }) => status === 'rejected')).toHaveLength(2);
    await elsewhere;
  });

  it('is slow, then refuses, by the length of the queue', async () => {
    const intake = side.intake({ pressure: { slowDepth: 2, refuseDepth: 4 } });
    const levels: string[] = [];
    for (let i = 0; i < 4; i++) {
      await intake.submit(aChange(channelId, `${i}`));
      await side.vitals.refresh();
      levels.push(intake.pressure('changes').level);
    }
    expect(levels).toEqual(['ok', 'slow', 'slow', 'refuse']);
    const refused = { code: 'UNAVAILABLE', message: 'the queue is too long', retryAfterMs: 5_000 };
    await expect(intake.submit(aChange(channelId, 'x'))).rejects.toMatchObject(refused);
    consume(0);
    await eventually(() => intake.pressure('changes').level === 'ok');
    await intake.submit(aChange(channelId, 'y'));
  });

  it('of channels holds up no direct message, which has a queue of its own', async () => {
    const intake = side.intake({ pressure: { refuseDepth: 1 } });
    await intake.submit(aChange(channelId, 'a flood'));
    await side.vitals.refresh();
    await expect(intake.submit(aChange(channelId, 'more of it'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const direct = channelId.replace('c', 'd');
    await intake.submit(aChange(direct, 'a word'));
    const queue = `${side.names.shardPrefix(side.names.shardOf(direct))}:dms:wait`;
    expect(await side.direct.llen(queue)).toBe(1);
  });

  it('is slow, then refuses, by the age of the oldest job', async () => {
    const intake = side.intake({ pressure: { slowAgeMs: 100, refuseAgeMs: 300 } });
    expect(intake.pressure('changes').level).toBe('ok');
    await intake.submit(aChange(channelId, 'x'));
    await eventually(() => intake.pressure('changes').level === 'slow', { everyMs: 5 });
    await eventually(() => intake.pressure('changes').level === 'refuse');
  });
});

it('is drained when every add is answered, not before', async () => {
  const intake = side.intake();
  let queued = 0;
  for (let i = 0; i < 20; i++) void intake.submit(aChange(channelId, `${i}`)).then(() => queued++);
  expect(intake.depth.waiting).toBe(20);
  await new Promise((resolve) => setImmediate(resolve));
  await intake.drained();
  expect(queued).toBe(20);
});

it('holds no text of what is queued and waits for its verdict', async () => {
  const intake = side.intake();
  const gone: WeakRef<ChangeBody>[] = [];
  const submit = async () => {
    const change = aChange(channelId, randomUUID());
    gone.push(new WeakRef(change.body));
    return intake.submit(change);
  };
  const { verdict } = await submit();
  const { gc } = await collector();
  await eventually(() => (gc(), gone[0]?.deref() === undefined));
  expect(intake.depth.underWay).toBe(1);
  void verdict;
});

async function collector(): Promise<{ gc: () => void }> {
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import('node:v8'), import('node:vm')]);
  setFlagsFromString('--expose-gc');
  return { gc: runInNewContext('gc') as () => void };
}

describe('how far somebody has read', () => {
  const userId = newUserId();

  it('goes along in the next job, for the worker alone, merged, and has no verdict', async () => {
    const intake = side.intake();
    for (const position of [3, 7, 5]) intake.read({ channelId, userId, position });
    intake.read({ channelId, userId: newUserId(), position: 1 });
    await eventually(async () => (await waitingJobs(0, side)).length === 1);
    const jobs = await waitingJobs(0, side);
    expect(JSON.stringify(jobs)).not.toContain(userId);
    const { changes, reads } = await openJob(jobs[0], side);
    expect(changes).toEqual([]);
    expect(reads).toMatchObject([{ channelId, userId, position: 7 }, { position: 1 }]);
    expect(intake.depth).toEqual({ waiting: 0, underWay: 0 });
  });

  it('keeps changes from nothing: both come in one job', async () => {
    const intake = side.intake({ readEveryMs: 0 });
    const { seen, reads } = consume(0);
    intake.read({ channelId, userId, position: 1 });
    expect(await (await intake.submit(aChange(channelId, 'a'))).verdict).toMatchObject({ status: 'persisted' });
    await eventually(() => reads.length === 1);
    expect(seen).toHaveLength(1);
  });

  it('is in the queue before a stop', async () => {
    const intake = side.intake();
    intake.read({ channelId, userId, position: 1 });
    await intake.drained();
    expect(await waitingJobs(0, side)).toHaveLength(1);
    await intake.close();
    expect(() => intake.read({ channelId, userId, position: 2 })).toThrow('stopping');
  });
});
