import { z } from 'zod';
import { ChangeId, ChannelId, Position, UserId } from '../protocol/index.js';

const Base64 = z.base64().max(64 * 1024);

/** Names the keys that a job or question is sealed under; see `Sealer`. */
const Header = z.strictObject({ kid: z.string().max(64), pskId: z.string().max(64), enc: z.string().max(256) });

export const ReplyTo = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
export const IntakeId = z.string().regex(/^[A-Za-z0-9_-]{16}$/);

/** One change in a job: ids in clear (bound as AAD), everything else in the box. */
export const JobEntry = z.strictObject({
  intakeId: IntakeId,
  channelId: ChannelId,
  senderId: UserId,
  changeId: ChangeId,
  box: Base64,
});
export type JobEntry = z.infer<typeof JobEntry>;

/** How far a user has read in a channel. It has neither row nor verdict, and may be lost: the next one is further. */
export const ReadMark = z.strictObject({ channelId: ChannelId, userId: UserId, position: Position });
export type ReadMark = z.infer<typeof ReadMark>;

/** What is in the box of a job's reads. */
export const ReadMarks = z.array(ReadMark).min(1);

/**
 * A job of a shard's queue: what one process took in while its last `add` was under way. Entries are parsed one by one; the
 * reads, which have no verdicts, are in one box.
 */
export const ChangeJob = z
  .strictObject({
    v: z.literal(1),
    header: Header,
    replyTo: ReplyTo,
    entries: z.array(z.unknown()),
    reads: z
      .base64()
      .max(128 * 1024)
      .optional(),
  })
  .refine(({ entries, reads }) => entries.length > 0 || reads !== undefined, 'nothing in it');
export type ChangeJob = {
  v: 1;
  header: z.infer<typeof Header>;
  replyTo: string;
  entries: JobEntry[];
  reads?: string | undefined;
};

export const QuestionEntry = z.strictObject({ questionId: IntakeId, deadline: z.int(), box: Base64 });
export type QuestionEntry = z.infer<typeof QuestionEntry>;

/** A job of the query queue. */
export const QuestionJob = z.strictObject({
  v: z.literal(1),
  header: Header,
  replyTo: ReplyTo,
  entries: z.array(QuestionEntry).min(1),
});
export type QuestionJob = z.infer<typeof QuestionJob>;

/** What the box of an entry is bound to, in this order. */
export const changeAad = (entry: Omit<JobEntry, 'box'>, replyTo: string): string[] => [
  'change',
  entry.channelId,
  entry.senderId,
  entry.changeId,
  entry.intakeId,
  replyTo,
];
export const readsAad = (replyTo: string): string[] => ['reads', replyTo];
export const questionAad = (questionId: string, deadline: number, replyTo: string): (string | number)[] => [
  'question',
  questionId,
  deadline,
  replyTo,
];
