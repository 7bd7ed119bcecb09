import { z } from 'zod';
import { ChannelRole, ChannelType, MemberState } from './channels.js';
import { UserId } from './ids.js';
import { Millis, Seq } from './scalars.js';

export const SystemKind = z.enum(['created', 'joined', 'left', 'role', 'renamed', 'archived', 'erased']);
export type SystemKind = z.infer<typeof SystemKind>;

/** One change of a channel's settings or members: the state after, never a difference. */
export const SystemChange = z.strictObject({
  seq: Seq,
  kind: SystemKind,
  actorId: UserId,
  userId: UserId.optional(),
  role: ChannelRole.optional(),
  type: ChannelType.optional(),
  name: z.string().nullable().optional(),
  description: z.string().nullable().optional(),
  memberCount: z.int().optional(),
  /** First members, with `created` only. */
  members: z.array(MemberState).optional(),
  at: Millis,
});
export type SystemChange = z.infer<typeof SystemChange>;
