import { defineSchema } from '../collection.js';

/** A user and an emoji at a message. What was taken back is kept, marked: an older reaction done again can't bring it back. */
export interface Reaction {
  channelId: string;
  /** The message's. */
  position: number;
  userId: string;
  emoji: string;
  isActive: boolean;
  /** `seq` of the last change applied. */
  version: number;
}

export const reactionSchema = defineSchema<Reaction>('reactions', {
  channelId: { type: String, required: true },
  position: { type: Number, required: true, min: 1 },
  userId: { type: String, required: true },
  emoji: { type: String, required: true },
  isActive: { type: Boolean, required: true },
  version: { type: Number, required: true, min: 1 },
});

reactionSchema.index({ channelId: 1, position: 1, userId: 1, emoji: 1 }, { name: 'channel_position_user_emoji', unique: true });
