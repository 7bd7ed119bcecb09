import { randomBytes } from 'node:crypto';
import type { Queue } from 'bullmq';
import {
  answers,
  questionAad,
  questionsQueue,
  type Answer,
  type AnswerEnvelope,
  type Question,
  type QuestionEntry,
  type QuestionJob,
  type QuestionKind,
  type RedisNames,
} from '../../contracts/index.js';
import { aadOf, type Sealer } from '../crypto/index.js';
import { StormError, unavailable } from '../errors/storm-error.js';
import type { BatchLimits } from '../intake/batch-limits.js';
import { newJobId, openProducerQueue } from '../intake/producer-queue.js';
import { ShardBuffer } from '../intake/shard-buffer.js';
import type { Logger } from '../log/logger.js';
import type { Redis } from '../redis/connect.js';
import { Pending } from '../replies/pending.js';
import type { Replies } from '../replies/replies.js';
import type { Vitals } from '../vitals/vitals.js';

export interface AskerOptions {
  /** A `producer` connection. */
  redis: Redis;
  names: RedisNames;
  sealer: Sealer;
  replies: Replies;
  vitals: Vitals;
  log: Logger;
  /** Questions without an answer that this process may have at once; 2,000 by default. */
  maxUnderWay?: number;
  /** Jobs of questions, of all processes, at which no more are asked; 1,000 by default. */
  maxJobs?: number;
  /** How long an answer is waited for, in milliseconds: a question past it is dropped unread. 5 s by default. */
  deadlineMs?: number;
  /** Epoch milliseconds; `Date.now` by default. */
  now?: () => number;
}

interface Entry {
  question: Question;
  questionId: string;
  bytes: number;
  deadline: number;
  refused: (error: StormError) => void;
}

/** Questions are small, and answered in any order: nothing is gained by gathering more of them. */
const batch: BatchLimits = {
  entries: 64,
  bytes: Infinity,
  waiting: Infinity,
  waitingBytes: Infinity,
  lingerMs: 0,
  lingerMaxMs: 0,
};

/** Asks the worker what only it can read. Many questions travel in one job; without a live worker they are refused at once. */
export class Asker {
  readonly #queue: Queue;
  readonly #buffer: ShardBuffer<Entry>;
  /** Every question from when it is asked to its answer. `undefined`: there is none in time. */
  readonly #pending: Pending<AnswerEnvelope | undefined>;
  readonly #now: () => number;
  readonly #deadlineMs: number;
  readonly #sweep: NodeJS.Timeout;

  constructor(private readonly options: AskerOptions) {
    const { redis, names, replies, log, maxUnderWay = 2_000, deadlineMs = 5_000, now = Date.now } = options;
    this.#now = now;
    this.#deadlineMs = deadlineMs;
    this.#pending = new Pending(maxUnderWay);
    this.#queue = openProducerQueue({ name: questionsQueue, prefix: names.queryPrefix, redis, log });
    this.#buffer = new ShardBuffer<Entry>(batch, {
      add: (entries, done) => this.#add(entries).finally(done),
      refuse: (entries, error) => {
        log.debug({ err: error }, 'questions could not be added');
        for (const { questionId, refused } of entries) {
          this.#pending.forget(questionId);
          refused(unavailable('the queue did not answer', 1_000, error));
        }
      },
    });
    replies.listen({
      answer: (answer) => this.#pending.settle(answer.questionId, answer),
      broken: () => this.#pending.expire(Infinity, undefined),
    });
    const expire = () => this.#pending.expire(performance.now() - this.#deadlineMs, undefined);
    this.#sweep = setInterval(expire, Math.min(250, deadlineMs / 4)).unref();
  }

  /** Rejects with the worker's refusal, or with `UNAVAILABLE` when no worker answers in time. */
  async ask<K extends QuestionKind>(question: Question & { kind: K }): Promise<Answer<K>> {
    this.#admit();
    const answer = await new Promise<AnswerEnvelope | undefined>((answered, refused) => {
      const questionId = randomBytes(12).toString('base64url');
      this.#pending.add(questionId, answered);
      this.#buffer.push({ question, questionId, bytes: 0, deadline: this.#now() + this.#deadlineMs, refused });
    });
    if (!answer) throw unavailable('no answer came in time');
    if (!answer.ok) throw new StormError(answer.code, { message: answer.message });
    const body = answers[question.kind].safeParse(answer.body);
    // Not a ZodError: that would be shown as a mistake in what the client sent.
    if (!body.success) throw new Error(`a worker's answer to '${question.kind}' is not one`, { cause: body.error });
    return body.data as Answer<K>;
  }

  /** Whatever is not answered yet is so no more. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    this.#pending.expire(Infinity, undefined);
    await this.#queue.close();
  }

  #admit(): void {
    const { vitals, replies, maxJobs = 1_000 } = this.options;
    if (!vitals.reading?.workerAlive) throw unavailable('no worker is there to answer', 2_000);
    if (vitals.reading.questions >= maxJobs) throw unavailable('too many questions wait for an answer');
    if (!replies.live) throw unavailable('the way back for answers is broken');
    if (this.#pending.full) throw unavailable('too many questions are under way');
  }

  async #add(batch: Entry[]): Promise<void> {
    const { sealer, replies } = this.options;
    const context = await sealer.current();
    const replyTo = replies.processId;
    const entries = batch.map(({ question, questionId, deadline }): QuestionEntry => {
      this.#pending.retain(questionId, context);
      const box = context.seal(Buffer.from(JSON.stringify(question)), aadOf(...questionAad(questionId, deadline, replyTo)));
      return { questionId, deadline, box: box.toString('base64') };
    });
    const job: QuestionJob = { v: 1, header: context.header, replyTo, entries };
    await this.#queue.add('questions', job, { jobId: newJobId(this.#now()), removeOnComplete: true, removeOnFail: true });
  }
}
