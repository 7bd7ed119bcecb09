import { z } from 'zod';
import {
  AccessClaims,
  ChannelCursor,
  ChannelId,
  MessageId,
  MessageState,
  Millis,
  Position,
  Seq,
  SessionId,
  SystemChange,
  UserId,
  errorCodes,
  limits,
} from '../protocol/index.js';
import { EndOfAccess } from './control-events.js';
import { OutsideAccount, OutsideUser } from './outside.js';

const Head = z.strictObject({ seq: Seq, position: Position });

/** Users that one question may be about. */
export const usersPerQuestion = 200;

/** What api and gateway ask the worker. `userId` is who asks: the worker checks the right. */
export const Question = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('page'),
    userId: UserId,
    channelId: ChannelId,
    before: Position.optional(),
    after: Position.optional(),
    around: Position.optional(),
    limit: z.int().min(1).max(limits.pageSizeMax),
    /** The system rows between its messages too. */
    system: z.boolean().optional(),
  }),
  /** The messages of a thread after a position, oldest first. */
  z.strictObject({
    kind: z.literal('replies'),
    userId: UserId,
    channelId: ChannelId,
    id: MessageId,
    after: Position,
    limit: z.int().min(1).max(limits.pageSizeMax),
  }),
  z.strictObject({ kind: z.literal('message'), userId: UserId, channelId: ChannelId, id: MessageId }),
  z.strictObject({ kind: z.literal('changes'), userId: UserId, channelId: ChannelId, since: Seq }),
  /** Asked by a gateway that missed them: it has members of the channel, and delivers to them alone. */
  z.strictObject({ kind: z.literal('events'), channelId: ChannelId, since: Seq }),
  z.strictObject({ kind: z.literal('memberships'), userId: UserId, after: ChannelId.optional() }),
  /** Which of these access tokens were revoked? Asked by a gateway when Redis can't say. */
  z.strictObject({
    kind: z.literal('access'),
    bearers: z
      .array(AccessClaims.pick({ sub: true, sid: true, ver: true, outside: true }))
      .min(1)
      .max(limits.bearersPerQuestion),
  }),
  /** Which of `others` share a channel or a direct message with a user: they see each other's presence. */
  z.strictObject({ kind: z.literal('visible'), userId: UserId, others: z.array(UserId).min(1).max(usersPerQuestion) }),
  /** Until when users were seen online. Said by a gateway until a worker answers that it is stored. */
  z.strictObject({
    kind: z.literal('seen'),
    users: z
      .array(z.tuple([UserId, Millis]))
      .min(1)
      .max(usersPerQuestion),
  }),
  /** Which account has a user of an identity service, which the asker verified? One is made at first sight. */
  OutsideUser.extend({ kind: z.literal('identity') }),
]);
export type Question = z.infer<typeof Question>;
export type QuestionKind = Question['kind'];

/** A page of positions, ascending; may be shorter than asked: only `hasMore` says the end. */
const Page = z.strictObject({
  messages: z.array(MessageState),
  head: Head,
  hasMore: z.boolean(),
  /** Those from the first message to before the one after the last, the first 200 of them, and whether these are all. */
  system: z.strictObject({ rows: z.array(SystemChange), complete: z.boolean() }).optional(),
});

/** What happened in `(from, to]`: current states of the messages touched, and the system rows. */
const Changes = z.strictObject({
  from: Seq,
  to: Seq,
  head: Head,
  messages: z.array(MessageState),
  system: z.array(SystemChange),
});

/** Live events as they were sent: each covers the changes `from`–`seq`, and `frame` is its JSON text. */
const Events = z.strictObject({ events: z.array(z.strictObject({ from: Seq, seq: Seq, frame: z.string() })) });

export const answers = {
  page: Page,
  replies: z.strictObject({ messages: z.array(MessageState), head: Head, hasMore: z.boolean() }),
  message: MessageState,
  changes: Changes,
  events: Events,
  /** A user's channels in the order of their ids, as many as fit. */
  memberships: z.strictObject({ channels: z.array(ChannelCursor), hasMore: z.boolean() }),
  identity: OutsideAccount,
  /** Those who do, and until when they were last seen online. */
  visible: z.strictObject({ users: z.array(z.strictObject({ userId: UserId, lastSeenAt: Millis.nullable() })) }),
  seen: z.strictObject({}),
  access: z.strictObject({ ended: z.array(z.strictObject({ sid: SessionId, reason: EndOfAccess })) }),
} as const satisfies Record<QuestionKind, z.ZodType>;
export type Answer<K extends QuestionKind> = z.infer<(typeof answers)[K]>;

export const AnswerEnvelope = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), questionId: z.string(), body: z.unknown() }),
  z.strictObject({ ok: z.literal(false), questionId: z.string(), code: z.enum(errorCodes), message: z.string() }),
]);
export type AnswerEnvelope = z.infer<typeof AnswerEnvelope>;
