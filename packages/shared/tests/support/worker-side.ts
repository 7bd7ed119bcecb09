import { Queue, Worker } from 'bullmq';
import {
  changeAad,
  ChangeJob,
  changesQueue,
  JobEntry,
  Question,
  questionAad,
  QuestionJob,
  questionsQueue,
  ReadMarks,
  readsAad,
  replyAad,
  SealedPart,
  type AnswerEnvelope,
  type Change,
  type IntakeVerdict,
  type ReadMark,
  type Reply,
} from '../../src/contracts/index.js';
import { aadOf, connectRedis, type OpenContext } from '../../src/node/index.js';
import { log, type AskingSide } from './asking-side.js';

export interface OpenedEntry extends Change {
  intakeId: string;
}

/** Opens a job of changes as a worker does; throws for what does not open or parse. */
export async function openJob(data: unknown, { opener }: AskingSide) {
  const job = ChangeJob.parse(data);
  const context = await opener.context(job.header);
  const changes = job.entries.map((raw): OpenedEntry => {
    const { box, ...clear } = JobEntry.parse(raw);
    const opened = context.open(Buffer.from(box, 'base64'), aadOf(...changeAad(clear, job.replyTo)));
    return { ...clear, ...SealedPart.parse(JSON.parse(opened.toString())) };
  });
  const reads = job.reads && context.open(Buffer.from(job.reads, 'base64'), aadOf(...readsAad(job.replyTo)));
  return { changes, reads: reads ? ReadMarks.parse(JSON.parse(reads.toString())) : [], context, replyTo: job.replyTo };
}

/** What waits in a shard's queue, the oldest first. */
export async function waitingJobs(shard: number, { names, direct }: AskingSide): Promise<unknown[]> {
  const queue = new Queue(changesQueue, { connection: direct, prefix: names.shardPrefix(shard) });
  const jobs = await queue.getWaiting();
  await queue.close();
  return jobs.map((job): unknown => job.data);
}

export const persisted = ({ intakeId, channelId, changeId }: OpenedEntry): IntakeVerdict => ({
  intakeId,
  channelId,
  changeId,
  status: 'persisted',
});

/** Seals a reply as a worker does. */
export function sealReply(reply: Reply, context: OpenContext, replyTo: string): string {
  const box = context.sealReply(Buffer.from(JSON.stringify(reply)), aadOf(...replyAad(context.id, replyTo)));
  return JSON.stringify({ v: 1, context: context.id, box: box.toString('base64') });
}

export async function sendReply(reply: Reply, context: OpenContext, replyTo: string, { direct, names }: AskingSide) {
  await direct.publish(names.reply(replyTo), sealReply(reply, context, replyTo));
}

/** A real consumer of one shard: keeps what comes, in order, and answers what `decide` says; without it, `persisted`. */
export function consumeChanges(
  shard: number,
  side: AskingSide,
  decide: (change: OpenedEntry) => IntakeVerdict | undefined = persisted,
) {
  const seen: OpenedEntry[] = [];
  const jobs: number[] = [];
  const reads: ReadMark[] = [];
  const stop = consume(changesQueue, side.names.shardPrefix(shard), side, async (data) => {
    const { changes, reads: marks, context, replyTo } = await openJob(data, side);
    reads.push(...marks);
    seen.push(...changes);
    jobs.push(changes.length);
    const verdicts = changes.map(decide).filter((verdict) => verdict !== undefined);
    if (verdicts.length > 0) await sendReply({ verdicts }, context, replyTo, side);
  });
  return { seen, jobs, reads, stop };
}

type Answering = (question: Question) => unknown;
/** What a worker answers instead of a body, when it refuses. */
export class Refusal {
  constructor(
    readonly code: 'FORBIDDEN' | 'NOT_FOUND' | 'UNAVAILABLE',
    readonly message: string,
  ) {}
}

/** A real consumer of questions. An `undefined` answer is none. */
export function consumeQuestions(side: AskingSide, answer: Answering) {
  const jobs: { questionId: string; deadline: number }[][] = [];
  const stop = consume(questionsQueue, side.names.queryPrefix, side, async (data) => {
    const { header, replyTo, entries } = QuestionJob.parse(data);
    jobs.push(entries.map(({ questionId, deadline }) => ({ questionId, deadline })));
    const context = await side.opener.context(header);
    const answers = entries.flatMap(({ questionId, deadline, box }): AnswerEnvelope[] => {
      const opened = context.open(Buffer.from(box, 'base64'), aadOf(...questionAad(questionId, deadline, replyTo)));
      const body = answer(Question.parse(JSON.parse(opened.toString())));
      if (body === undefined) return [];
      if (body instanceof Refusal) return [{ ok: false, questionId, code: body.code, message: body.message }];
      return [{ ok: true, questionId, body }];
    });
    if (answers.length > 0) await sendReply({ answers }, context, replyTo, side);
  });
  return { jobs, stop };
}

function consume(queue: string, prefix: string, { directUrl }: AskingSide, take: (data: unknown) => Promise<void>) {
  const connection = connectRedis(directUrl, 'consumer', log);
  const worker = new Worker(queue, (job) => take(job.data), { connection, prefix });
  worker.on('error', (error) => log.debug({ err: error }, 'consumer'));
  return async (): Promise<void> => {
    await worker.close();
    connection.disconnect();
  };
}
