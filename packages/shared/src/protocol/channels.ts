import { z } from 'zod';
import { ChannelId, UserId } from './ids.js';
import { IsoTime, Millis, Position, Seq, wellFormed } from './scalars.js';

export const ChannelType = z.enum(['public', 'private', 'dm']);
export type ChannelType = z.infer<typeof ChannelType>;
export const ChannelRole = z.enum(['owner', 'moderator', 'member']);
export type ChannelRole = z.infer<typeof ChannelRole>;

export const ChannelName = wellFormed(z.string().min(2).max(64)).refine((name) => name.trim() === name, 'no space at either end');
export const ChannelDescription = wellFormed(z.string().max(500));

export const ChannelCreate = z.strictObject({
  type: z.enum(['public', 'private']).default('public'),
  name: ChannelName,
  description: ChannelDescription.optional(),
});
export const ChannelUpdate = z
  .strictObject({ name: ChannelName.optional(), description: ChannelDescription.nullable().optional() })
  .refine((body) => body.name !== undefined || body.description !== undefined, 'nothing to change');
export const MemberAdd = z.strictObject({ userId: UserId, role: ChannelRole.exclude(['owner']).optional() });
export const MemberUpdate = z.strictObject({ role: ChannelRole });
export const DirectMessage = z.strictObject({ userId: UserId });

/** A channel as the worker and frames state it: times in milliseconds. */
export const ChannelState = z.strictObject({
  id: ChannelId,
  type: ChannelType,
  name: z.string().nullable(),
  description: z.string().nullable(),
  createdBy: UserId,
  isArchived: z.boolean(),
  memberCount: z.int(),
  myRole: ChannelRole.optional(),
  seq: Seq,
  position: Position,
  readPosition: Position.optional(),
  unread: z.int().optional(),
  mentions: z.int().optional(),
  createdAt: Millis,
});
export type ChannelState = z.infer<typeof ChannelState>;
/** The same in REST: ISO times. */
export const Channel = ChannelState.extend({ createdAt: IsoTime });
export type Channel = z.infer<typeof Channel>;

export const MemberState = z.strictObject({ userId: UserId, role: ChannelRole, joinedAt: Millis });
export type MemberState = z.infer<typeof MemberState>;
export const Member = MemberState.extend({ joinedAt: IsoTime });
export type Member = z.infer<typeof Member>;

export const ReadUpTo = z.strictObject({ position: Position });
export const ReadQueued = z.strictObject({ channelId: ChannelId, position: Position, status: z.literal('queued') });

/** How far a member has read, and when it said so last. */
export const Receipt = z.strictObject({ userId: UserId, position: Position, readAt: IsoTime.nullable() });
export type Receipt = z.infer<typeof Receipt>;
