import type { ChannelRole } from '@storm/shared/protocol';
import { defineSchema } from '../collection.js';

/** A user in a channel. Who left keeps the row, marked: an older join done again can't bring them back. */
export interface Membership {
  channelId: string;
  userId: string;
  role: ChannelRole;
  joinedAt: Date;
  /** The channel's last position when they joined: what came before is read. */
  joinedPosition: number;
  /** Only grows. */
  readPosition: number;
  readAt: Date | null;
  /** `seq` of the last change applied. */
  version: number;
  /** Null: a member. */
  leftAt: Date | null;
}

export const membershipSchema = defineSchema<Membership>('memberships', {
  channelId: { type: String, required: true },
  userId: { type: String, required: true },
  role: { type: String, enum: ['owner', 'moderator', 'member'], required: true },
  joinedAt: { type: Date, required: true },
  joinedPosition: { type: Number, required: true, min: 0 },
  readPosition: { type: Number, required: true, min: 0 },
  readAt: { type: Date, default: null },
  version: { type: Number, required: true, min: 1 },
  leftAt: { type: Date, default: null },
});

membershipSchema.index({ channelId: 1, userId: 1 }, { name: 'channel_user', unique: true });
membershipSchema.index({ userId: 1, channelId: 1 }, { name: 'user_channel' });
