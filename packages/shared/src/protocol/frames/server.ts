import { z } from 'zod';
import { ChannelState } from '../channels.js';
import { Emoji } from '../emoji.js';
import { errorCodes } from '../error-codes.js';
import { ChangeId, ChannelId, MessageId, SessionId, UserId } from '../ids.js';
import { MessageState } from '../messages.js';
import { NotificationsRead, NotificationState } from '../notifications.js';
import { Presence } from '../presence.js';
import { Millis, Position, Seq } from '../scalars.js';
import { SystemChange } from '../system-changes.js';
import { VerdictStatus } from '../verdict.js';

/** Where a channel stands for the one who connects. */
export const ChannelCursor = z.strictObject({
  channelId: ChannelId,
  seq: Seq,
  position: Position,
  readPosition: Position,
  unread: z.int(),
  mentions: z.int(),
});
export type ChannelCursor = z.infer<typeof ChannelCursor>;

/** A change is named by `messageId` when it is a send, by `changeId` otherwise. */
const named = { messageId: ChangeId.optional(), changeId: ChangeId.optional() };

/** What the server sends, by event. Times are epoch milliseconds. */
export const serverPayloads = {
  'connection.ready': z.strictObject({
    userId: UserId,
    sessionId: SessionId,
    connectionId: z.string(),
    epoch: z.string(),
    serverTs: Millis,
    heartbeatMs: z.int(),
    /** No worker answered: the channels follow when one is back. */
    degraded: z.literal(true).optional(),
    channels: z.array(ChannelCursor),
  }),
  'channels.more': z.strictObject({ channels: z.array(ChannelCursor), hasMore: z.boolean() }),
  pong: z.strictObject({ serverTs: Millis }),
  'message.ack': z.strictObject({ ...named, id: MessageId }),
  'message.result': z.strictObject({
    ...named,
    channelId: ChannelId,
    id: MessageId.optional(),
    status: VerdictStatus,
    seq: Seq.optional(),
    position: Position.optional(),
    code: z.enum(errorCodes).optional(),
    message: z.string().optional(),
  }),
  'message.new': MessageState,
  'message.updated': z.strictObject({
    channelId: ChannelId,
    seq: Seq,
    position: Position,
    id: MessageId,
    /** Null when it was deleted since. */
    text: z.string().nullable(),
    mentions: z.array(UserId),
    editedAt: Millis,
  }),
  'message.deleted': z.strictObject({ channelId: ChannelId, seq: Seq, position: Position, id: MessageId, deletedAt: Millis }),
  'message.reactions': z.strictObject({
    channelId: ChannelId,
    seq: Seq,
    position: Position,
    id: MessageId,
    /** All counts, after. */
    reactions: z.record(z.string(), z.int()),
    userId: UserId,
    emoji: Emoji,
    added: z.boolean(),
  }),
  /** How far somebody has read; one that is not further than what is known changes nothing. Without `seq`: it may be lost. */
  'receipt.read': z.strictObject({ channelId: ChannelId, userId: UserId, position: Position, readAt: Millis }),
  'channel.changed': z.strictObject({ channelId: ChannelId, from: Seq, seq: Seq, changes: z.array(SystemChange) }),
  'channel.joined': ChannelState,
  'channel.left': z.strictObject({ channelId: ChannelId, seq: Seq }),
  /** To one's own devices, and who watches one's presence: names changed; `GET /users/{id}` says what they are. */
  'user.changed': z.strictObject({ userId: UserId }),
  /** At most once to each device: what was lost is in the list. */
  notification: NotificationState,
  'notifications.read': NotificationsRead,
  'sync.changes': z.strictObject({
    channelId: ChannelId,
    from: Seq,
    to: Seq,
    head: Seq,
    /** Live frames, in order. */
    events: z.array(z.strictObject({ event: z.string(), payload: z.record(z.string(), z.unknown()) })),
  }),
  'sync.done': z.strictObject({ channelId: ChannelId, to: Seq, complete: z.boolean() }),
  /** `several` where nobody is named: some others type. */
  typing: z.strictObject({
    channelId: ChannelId,
    userId: UserId.optional(),
    several: z.literal(true).optional(),
    isTyping: z.boolean(),
  }),
  'presence.snapshot': z.strictObject({ users: z.array(Presence) }),
  'presence.changed': Presence,
  /** The token ends then, and the connection with it, unless it says who it is again before. */
  'session.expiring': z.strictObject({ expiresAt: Millis }),
  slow_down: z.strictObject({ retryAfterMs: z.int() }),
  'connection.closing': z.strictObject({ reason: z.string(), reconnectAfterMs: z.int() }),
  error: z.strictObject({
    code: z.enum(errorCodes),
    message: z.string(),
    details: z.unknown().optional(),
    retryAfterMs: z.int().optional(),
  }),
} as const;

export type ServerEvent = keyof typeof serverPayloads;
export type ServerPayload<E extends ServerEvent> = z.infer<(typeof serverPayloads)[E]>;
