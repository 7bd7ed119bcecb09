import { z } from 'zod';
import {
  ChangeId,
  ChannelDescription,
  ChannelId,
  ChannelName,
  ChannelRole,
  Emoji,
  MessageId,
  MessageText,
  Millis,
  Role,
  UserId,
} from '../protocol/index.js';

/** What a change does, by kind. Everything else about it (who, where, under which id) is in its `Change`. */
export const ChangeBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('message'), text: MessageText, threadId: MessageId.nullable(), clientTs: Millis }),
  z.strictObject({ kind: z.literal('edit'), id: MessageId, text: MessageText }),
  z.strictObject({ kind: z.literal('delete'), id: MessageId }),
  z.strictObject({ kind: z.literal('reaction'), id: MessageId, emoji: Emoji, added: z.boolean() }),
  z.strictObject({
    kind: z.literal('create'),
    type: z.enum(['public', 'private']),
    name: ChannelName,
    description: ChannelDescription.nullable(),
  }),
  z.strictObject({ kind: z.literal('dm'), userId: UserId }),
  z.strictObject({ kind: z.literal('join') }),
  z.strictObject({ kind: z.literal('leave') }),
  z.strictObject({ kind: z.literal('add'), userId: UserId, role: ChannelRole.exclude(['owner']) }),
  z.strictObject({ kind: z.literal('remove'), userId: UserId }),
  z.strictObject({ kind: z.literal('role'), userId: UserId, role: ChannelRole }),
  z.strictObject({
    kind: z.literal('rename'),
    name: ChannelName.optional(),
    description: ChannelDescription.nullable().optional(),
  }),
  z.strictObject({ kind: z.literal('archive') }),
  z.strictObject({ kind: z.literal('erase') }),
]);
export type ChangeBody = z.infer<typeof ChangeBody>;
export type ChangeKind = ChangeBody['kind'];

/** A change as intake takes it. The client's UUID is scoped to channel and sender. */
export const Change = z.strictObject({
  channelId: ChannelId,
  senderId: UserId,
  changeId: ChangeId,
  /** The sender's role on the whole platform, as the access token says it. */
  senderRole: Role,
  /** Does the asker want the state after in its verdict? */
  wantsState: z.boolean(),
  body: ChangeBody,
});
export type Change = z.infer<typeof Change>;

/** What of a change is sealed; the rest stays readable, bound as AAD. */
export const SealedPart = Change.pick({ senderRole: true, wantsState: true, body: true });
export type SealedPart = z.infer<typeof SealedPart>;
