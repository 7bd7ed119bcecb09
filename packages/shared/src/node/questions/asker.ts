import { randomBytes } from 'node:crypto';
import { Queue } from 'bullmq';
import {
  answers,
  questionAad,
  questionsQueue,
  type Answer,
  type AnswerEnvelope,
  type Question,
  type QuestionJob,
  type QuestionKind,
  type RedisNames,
} from '../../contracts/index.js';
import { aadOf, type Sealer } from '../crypto/index.js';
import { StormError, unavailable } from '../errors/storm-error.js';
import { ShardBuffer } from '../intake/shard-buffer.js';
import type { Logger } from '../log/logger.js';
import type { Redis } from '../redis/connect.js';
import { Pending } from '../replies/pending.js';
import type { Replies } from '../replies/replies.js';
import { jobIdOf, type Vitals } from '../vitals/vitals.js';

export interface AskerOptions {
  /** A `producer` connection. */
  redis: Redis;
  names: RedisNames;
  sealer: Sealer;
  replies: Replies;
  vitals: Vitals;
  log: Logger;
  /** Questions without an answer that this process may have at once. */
  maxUnderWay?: number;
  /** How long an answer is waited for, in milliseconds: a question past it is dropped unread. */
  deadlineMs?: number;
  now?: () => number;
}

interface Waiting {
  question: Question;
  questionId: string;
  bytes: number;
  deadline: number;
  refused: (error: StormError) => void;
  answered: (answer: AnswerEnvelope | undefined) => void;
}

/** Asks the worker what only it can read. Many questions travel in one job; without a live worker they are refused at once. */
export class Asker {
  readonly #queue: Queue;
  readonly #buffer: ShardBuffer<Waiting>;
  readonly #pending: Pending<AnswerEnvelope | undefined>;
  readonly #now: () => number;
  readonly #deadlineMs: number;
  readonly #sweep: NodeJS.Timeout;

  constructor(private readonly options: AskerOptions) {
    this.#now = options.now ?? Date.now;
    this.#deadlineMs = options.deadlineMs ?? 5_000;
    this.#pending = new Pending(options.maxUnderWay ?? 2_000, this.#now);
    this.#queue = new Queue(questionsQueue, {
      connection: options.redis,
      prefix: options.names.queryPrefix,
      // Both: a queue whose first connection fails would else refuse for ever.
      skipWaitingForReady: true,
      skipVersionCheck: true,
      skipMetasUpdate: true,
      streams: { events: { maxLen: 10 } },
    });
    this.#queue.on('error', (error) => options.log.debug({ err: error }, 'queue of questions'));
    this.#buffer = new ShardBuffer({ entries: 64, bytes: Infinity, waiting: 2_000, lingerMs: 0 }, (batch) => this.#add(batch));
    options.replies.listen({
      answer: (answer) => this.#pending.settle(answer.questionId, answer),
      broken: () => this.#pending.expire(Infinity, undefined),
    });
    this.#sweep = setInterval(() => this.#pending.expire(this.#now() - this.#deadlineMs, undefined), 250).unref();
  }

  /** Rejects with the worker's refusal, or with `UNAVAILABLE` when no worker answers in time. */
  async ask<K extends QuestionKind>(question: Question & { kind: K }): Promise<Answer<K>> {
    if (!this.options.vitals.reading?.workerAlive) throw unavailable('no worker is there to answer', 2_000);
    if (!this.options.replies.live) throw unavailable('the way back for answers is broken');
    if (this.#buffer.full || this.#pending.full) throw unavailable('too many questions are under way');
    const answer = await new Promise<AnswerEnvelope | undefined>((answered, refused) => {
      const questionId = randomBytes(12).toString('base64url');
      this.#buffer.push({ question, questionId, bytes: 0, deadline: this.#now() + this.#deadlineMs, refused, answered });
    });
    if (!answer) throw unavailable('no answer came in time');
    if (!answer.ok) throw new StormError(answer.code, { message: answer.message });
    return answers[question.kind].parse(answer.body) as Answer<K>;
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    await this.#queue.close();
  }

  async #add(batch: Waiting[]): Promise<boolean> {
    const replyTo = this.options.replies.processId;
    try {
      const context = await this.options.sealer.current();
      const entries = batch.map(({ question, questionId, deadline, answered }) => {
        this.#pending.add(questionId, context, answered);
        const box = context.seal(Buffer.from(JSON.stringify(question)), aadOf(...questionAad(questionId, deadline, replyTo)));
        return { questionId, deadline, box: box.toString('base64') };
      });
      const job: QuestionJob = { v: 1, header: context.header, replyTo, entries };
      await this.#queue.add('questions', job, {
        jobId: jobIdOf(this.#now(), randomBytes(6).toString('base64url')),
        removeOnComplete: true,
        removeOnFail: true,
      });
    } catch (error) {
      this.options.log.debug({ err: error }, 'questions could not be added');
      for (const { questionId, refused } of batch) {
        this.#pending.forget(questionId);
        refused(unavailable('the queue did not answer'));
      }
    }
    return false; // no job is waited for: questions may be answered in any order
  }
}
