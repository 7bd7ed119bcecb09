import { z } from 'zod';
import { Emoji } from './emoji.js';
import { ChangeId, ChannelId, MessageId, UserId } from './ids.js';
import { limits } from './limits.js';
import { ClientTime, IsoTime, MessageText, Millis, Position, Seq } from './scalars.js';

/** A message's current state, as the worker and frames give it: times in milliseconds. */
export const MessageState = z.strictObject({
  id: MessageId,
  messageId: ChangeId,
  channelId: ChannelId,
  seq: Seq,
  version: Seq,
  position: Position,
  senderId: UserId,
  /** Null when deleted, or when the row can't be opened. */
  text: z.string().nullable(),
  unreadable: z.literal(true).optional(),
  threadId: MessageId.nullable(),
  replyCount: z.int(),
  /** How many users reacted with it, by emoji. */
  reactions: z.record(z.string(), z.int()),
  /** With which the one who asks did, if any; only in answers to one. */
  myReactions: z.array(Emoji).optional(),
  mentions: z.array(UserId),
  clientTs: Millis,
  createdAt: Millis,
  editedAt: Millis.nullable(),
  deletedAt: Millis.nullable(),
});
export type MessageState = z.infer<typeof MessageState>;

export const Message = MessageState.extend({
  clientTs: IsoTime,
  createdAt: IsoTime,
  editedAt: IsoTime.nullable(),
  deletedAt: IsoTime.nullable(),
});
export type Message = z.infer<typeof Message>;

export const MessageSend = z.strictObject({
  messageId: ChangeId,
  text: MessageText,
  clientTs: ClientTime,
  threadId: MessageId.nullable().optional(),
});
export const MessageEdit = z.strictObject({ text: MessageText });
export const MessageQueued = z.strictObject({ id: MessageId, messageId: ChangeId, status: z.literal('queued') });

const PagePosition = z.coerce.number().int().min(0).optional();
/** At most one of before, after (exclusive) and around (inclusive); the latest page by default. */
export const PageQuery = z
  .strictObject({
    before: PagePosition,
    after: PagePosition,
    around: PagePosition,
    /** `true`: the channel's system rows too, between the messages. */
    system: z.enum(['true', 'false']).optional(),
    limit: z.coerce.number().int().min(1).max(limits.pageSizeMax).default(limits.pageSize),
  })
  .refine((query) => [query.before, query.after, query.around].filter((at) => at !== undefined).length <= 1, {
    message: 'at most one of before, after and around',
  });
