import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '@storm/devstack/testing';
import { createAskingSide, type AskingSide } from '../../../tests/support/asking-side.js';
import { consumeQuestions, Refusal } from '../../../tests/support/worker-side.js';
import { newUserId, type Question } from '../../contracts/index.js';
import { clientError } from '../errors/client-error.js';

let side: AskingSide;
const stops: (() => Promise<void>)[] = [];
const userId = newUserId();
const question = (after?: string) => ({ kind: 'memberships', userId, ...(after ? { after } : {}) }) as const;
const none = { channels: [], hasMore: false };

beforeEach(async () => {
  side = await createAskingSide();
  await side.start();
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  await side.stop();
});

async function aWorkerLives(): Promise<void> {
  await side.direct.set(side.names.workerAlive, '1', 'PX', 60_000);
  await eventually(() => side.vitals.reading?.workerAlive);
}

function consume(answer: (question: Question) => unknown) {
  const consumer = consumeQuestions(side, answer);
  stops.push(consumer.stop);
  return consumer;
}

const waiting = () => side.direct.llen(`${side.names.queryPrefix}:questions:wait`);

it('brings the question to a worker and its answer back', async () => {
  await aWorkerLives();
  const asked: Question[] = [];
  consume((it) => {
    asked.push(it);
    return { ...none, hasMore: true };
  });
  expect(await side.asker().ask(question())).toEqual({ channels: [], hasMore: true });
  expect(asked).toEqual([question()]);
});

it('gives each its own answer, many to a job, in whatever order they come', async () => {
  await aWorkerLives();
  const asker = side.asker();
  const ids = Array.from({ length: 150 }, () => `c${newUserId().slice(1)}`);
  const { jobs } = consume((it) => ({
    channels: [{ channelId: 'after' in it ? it.after : '', seq: 0, position: 0, readPosition: 0, unread: 0, mentions: 0 }],
    hasMore: false,
  }));
  const answers = await Promise.all(ids.map((id) => asker.ask(question(id))));
  expect(answers.map(({ channels }) => channels[0]?.channelId)).toEqual(ids);
  expect(Math.max(...jobs.map((job) => job.length))).toBe(64);
});

it('refuses at once while no worker lives, and asks nothing', async () => {
  await expect(side.asker().ask(question())).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: 'no worker is there to answer',
    retryAfterMs: 2_000,
  });
  expect(await waiting()).toBe(0);
});

it('refuses when no answer comes before the deadline, which the question carries', async () => {
  await aWorkerLives();
  const { jobs } = consume(() => undefined);
  const began = Date.now();
  const asker = side.asker({ deadlineMs: 200 });
  await expect(asker.ask(question())).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'no answer came in time' });
  const ms = Date.now() - began;
  expect(ms).toBeGreaterThanOrEqual(199);
  expect(ms).toBeLessThan(3_000);
  await eventually(() => jobs.length === 1);
  expect(jobs[0]?.[0]?.deadline).toBeGreaterThanOrEqual(began + 200);
  expect(jobs[0]?.[0]?.deadline).toBeLessThan(began + 2_000);
});

it("rejects with the worker's refusal", async () => {
  await aWorkerLives();
  consume(() => new Refusal('NOT_FOUND', 'No such channel'));
  await expect(side.asker().ask(question())).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: 'No such channel',
    status: 404,
  });
});

it("is our mistake, not the client's, when an answer is not what was asked for", async () => {
  await aWorkerLives();
  consume(() => ({ surprise: true }));
  const error = await side
    .asker()
    .ask(question())
    .catch((reason: unknown) => reason);
  expect(error).not.toBeInstanceOf(z.ZodError);
  expect(clientError(error)).toMatchObject({ code: 'INTERNAL_ERROR' });
});

describe('what is asked is bounded', () => {
  it('by the questions of this process, from the moment of asking', async () => {
    await aWorkerLives();
    const asker = side.asker({ maxUnderWay: 3, deadlineMs: 300 });
    const asked = Array.from({ length: 5 }, () => asker.ask(question()));
    const reasons = (await Promise.allSettled(asked)).map((it) => (it as PromiseRejectedResult).reason as Error);
    expect(reasons.map(({ message }) => message)).toEqual([
      ...Array.from({ length: 3 }, () => 'no answer came in time'),
      ...Array.from({ length: 2 }, () => 'too many questions are under way'),
    ]);
    consume(() => none);
    expect(await asker.ask(question())).toEqual(none);
  });

  it('by the jobs of all processes', async () => {
    await aWorkerLives();
    await side.direct.lpush(`${side.names.queryPrefix}:questions:wait`, 'a', 'b');
    await eventually(() => side.vitals.reading?.questions === 2);
    await expect(side.asker({ maxJobs: 2 }).ask(question())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'too many questions wait for an answer',
    });
  });
});

it('refuses what is under way at once when the way back breaks, and asks again once it is there', async () => {
  await aWorkerLives();
  const asker = side.asker({ deadlineMs: 60_000 });
  const answer = asker.ask(question()).catch((error: unknown) => error);
  await eventually(async () => (await waiting()) === 1);
  side.subscriber.disconnect(true);
  expect(await answer).toMatchObject({ code: 'UNAVAILABLE' });
  await expect(asker.ask(question())).rejects.toMatchObject({ message: 'the way back for answers is broken' });
  await eventually(() => side.replies.live);
  consume(() => none);
  expect(await asker.ask(question())).toEqual(none);
});

it('refuses when the queue can not be reached', async () => {
  await aWorkerLives();
  const asker = side.asker();
  side.redis.disconnect();
  await expect(asker.ask(question())).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'the queue did not answer' });
});

it('leaves nobody waiting when it is closed', async () => {
  await aWorkerLives();
  const asker = side.asker({ deadlineMs: 60_000 });
  const answer = asker.ask(question()).catch((error: unknown) => error);
  await asker.close();
  expect(await answer).toMatchObject({ code: 'UNAVAILABLE' });
});
