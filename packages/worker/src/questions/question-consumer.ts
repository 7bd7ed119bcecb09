import { Worker, type Job } from 'bullmq';
import {
  Question,
  QuestionJob,
  questionAad,
  questionsQueue,
  type AnswerEnvelope,
  type QuestionEntry,
  type QuestionKind,
  type RedisNames,
} from '@storm/shared/contracts';
import {
  StormError,
  aadOf,
  clientError,
  unavailable,
  type Logger,
  type OpenContext,
  type Opener,
  type Redis,
} from '@storm/shared/node';
import { StoreUnavailable } from '@storm/store';
import type { Replier } from '../queue/replier.js';
import { answerQuestion } from './answer.js';
import type { QuestionContext } from './context.js';

interface Options {
  connection: Redis;
  names: RedisNames;
  opener: Opener;
  replier: Replier;
  context: QuestionContext;
  /** Told of each answer, not of refusals. */
  onAnswered?: (kind: QuestionKind) => void;
  log: Logger;
  now?: () => number;
}

/** Jobs of questions that one worker answers at once; each may hold dozens. */
const concurrency = 4;

/** Answers what api and gateways ask, each question for itself. One past its deadline is dropped unread. */
export class QuestionConsumer {
  readonly #worker: Worker;

  constructor(private readonly options: Options) {
    const { connection, names, log } = options;
    this.#worker = new Worker(questionsQueue, (job) => this.#take(job), {
      connection,
      prefix: names.queryPrefix,
      autorun: false,
      concurrency,
      lockDuration: 10_000,
      maxStalledCount: 3,
      runRetryDelay: 500,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    this.#worker.on('error', (error) => log.debug({ err: error }, 'queue of questions'));
  }

  start(): void {
    this.#worker.run().catch((error: unknown) => this.options.log.error({ err: error }, 'the consumer of questions ended'));
  }

  stop(): Promise<void> {
    return this.#worker.close();
  }

  async #take(job: Job): Promise<void> {
    const { opener, replier, log } = this.options;
    try {
      const { header, replyTo, entries } = QuestionJob.parse(job.data);
      const context = await opener.context(header);
      const answers = await Promise.all(entries.map((entry) => this.#answer(entry, replyTo, context)));
      await replier.answers(
        replyTo,
        context,
        answers.filter((answer) => answer !== undefined),
      );
    } catch (error) {
      log.warn({ err: error }, 'questions could not be answered');
    }
  }

  async #answer(
    { questionId, deadline, box }: QuestionEntry,
    replyTo: string,
    context: OpenContext,
  ): Promise<AnswerEnvelope | undefined> {
    const { now = Date.now, log } = this.options;
    if (now() >= deadline) return undefined;
    try {
      const opened = context.open(Buffer.from(box, 'base64'), aadOf(...questionAad(questionId, deadline, replyTo)));
      const question = Question.parse(JSON.parse(opened.toString()));
      const body = await answerQuestion(question, this.options.context);
      this.options.onAnswered?.(question.kind);
      return { ok: true, questionId, body };
    } catch (error) {
      const shown = error instanceof StoreUnavailable ? unavailable('the database is away') : error;
      if (!(shown instanceof StormError)) log.error({ err: error }, 'a question failed');
      const { code, message } = clientError(shown);
      return { ok: false, questionId, code, message };
    }
  }
}
