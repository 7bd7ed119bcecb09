import { ChangeId, ChannelId, IsoTime, Member, Message, Seq, SystemChange, SystemKind } from '@storm/shared/protocol';
import { z } from 'zod';

/** A change that is in the queue and had no verdict in time. */
export const ChangeQueued = z.strictObject({ channelId: ChannelId, changeId: ChangeId, status: z.literal('queued') });

/** What answers a change that changed nothing: the state there is, marked. */
export const duplicateOf = <T extends z.ZodRawShape>(state: z.ZodObject<T>) => state.extend({ status: z.literal('duplicate') });

/** A change that is done, or was before, and leaves nothing to show. */
export const Done = z.strictObject({ channelId: ChannelId, changeId: ChangeId, status: z.enum(['persisted', 'duplicate']) });

/** One change of a channel's settings or members. */
export const SystemRow = SystemChange.extend({ members: z.array(Member).optional(), at: IsoTime });
export type SystemRow = z.infer<typeof SystemRow>;

/** Changes of settings or members that stand between a page's messages; those of one kind in a row are one item. */
export const SystemRun = z.strictObject({
  kind: SystemKind,
  from: Seq,
  /** Of the last one. */
  seq: Seq,
  count: z.int(),
  changes: z.array(SystemRow),
});
export type SystemRun = z.infer<typeof SystemRun>;

/** Current state of everything that changed in `(from, to]`. */
export const Changes = z.strictObject({
  from: Seq,
  to: Seq,
  head: Seq,
  /** Does it reach the head? If not, ask again from `to`. */
  complete: z.boolean(),
  messages: z.array(Message),
  system: z.array(SystemRow),
});
