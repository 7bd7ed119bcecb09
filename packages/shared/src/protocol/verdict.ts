import { z } from 'zod';
import { ChannelState, MemberState } from './channels.js';
import { errorCodes } from './error-codes.js';
import { ChangeId, ChannelId, MessageId } from './ids.js';
import { MessageState } from './messages.js';
import { Position, Seq } from './scalars.js';

export const VerdictStatus = z.enum(['persisted', 'duplicate', 'conflict', 'failed']);
export type VerdictStatus = z.infer<typeof VerdictStatus>;

/** What became of a change: exactly one follows every `queued`. */
export const Verdict = z.strictObject({
  status: VerdictStatus,
  channelId: ChannelId,
  changeId: ChangeId,
  /** The message that the change made or names. */
  id: MessageId.optional(),
  seq: Seq.optional(),
  position: Position.optional(),
  code: z.enum(errorCodes).optional(),
  message: z.string().optional(),
  /** The state after, for askers that want it. */
  state: z
    .union([
      z.strictObject({ message: MessageState }),
      z.strictObject({ channel: ChannelState }),
      z.strictObject({ member: MemberState.nullable() }),
    ])
    .optional(),
});
export type Verdict = z.infer<typeof Verdict>;
