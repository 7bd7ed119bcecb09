import { z } from 'zod';
import { Emoji } from '../emoji.js';
import { ChangeId, ChannelId, MessageId, UserId } from '../ids.js';
import { limits } from '../limits.js';
import { PresenceStatus } from '../presence.js';
import { MessageText, Millis, plainRecord, Position, Seq } from '../scalars.js';

/** Those of identity services outside can be long. */
const Token = z.string().min(1).max(8_192);

const Reaction = z.strictObject({ changeId: ChangeId, channelId: ChannelId, id: MessageId, emoji: Emoji });

const Watched = z.strictObject({ userIds: z.array(UserId).min(1).max(limits.idsPerRequest) });

/** What clients may send, by event. */
export const clientPayloads = {
  authenticate: z
    .strictObject({ ticket: Token.optional(), token: Token.optional() })
    .refine((payload) => (payload.ticket === undefined) !== (payload.token === undefined), 'exactly one of ticket and token'),
  ping: z.strictObject({}),
  'message.send': z.strictObject({
    messageId: ChangeId,
    channelId: ChannelId,
    text: MessageText,
    clientTs: Millis,
    threadId: MessageId.nullable().optional(),
  }),
  'message.edit': z.strictObject({ changeId: ChangeId, channelId: ChannelId, id: MessageId, text: MessageText }),
  'message.delete': z.strictObject({ changeId: ChangeId, channelId: ChannelId, id: MessageId }),
  'reaction.add': Reaction,
  'reaction.remove': Reaction,
  'presence.subscribe': Watched,
  'presence.unsubscribe': Watched,
  'presence.set': z.strictObject({ status: PresenceStatus }),
  typing: z.strictObject({ channelId: ChannelId, isTyping: z.boolean() }),
  'channel.read': z.strictObject({ channelId: ChannelId, position: Position }),
  sync: z.strictObject({
    epoch: z.string().min(1).max(64),
    channels: plainRecord(z.record(ChannelId, Seq)).refine(
      (channels) => Object.keys(channels).length <= limits.syncChannels,
      `at most ${limits.syncChannels} channels`,
    ),
  }),
} as const;

export type ClientEvent = keyof typeof clientPayloads;
export type ClientPayload<E extends ClientEvent> = z.infer<(typeof clientPayloads)[E]>;

/** The outside of every frame: `{ event, requestId?, payload }`. The payload is parsed by its event's own schema. */
export const ClientFrame = z.strictObject({
  event: z.string().min(1).max(64),
  requestId: z.string().min(1).max(128).optional(),
  payload: plainRecord(z.record(z.string(), z.unknown())).default({}),
});
export type ClientFrame = z.infer<typeof ClientFrame>;

export const isClientEvent = (event: string): event is ClientEvent => Object.hasOwn(clientPayloads, event);
