import type { ChannelType } from '@storm/shared/protocol';
import { defineSchema } from '../collection.js';

export interface Channel {
  _id: string;
  type: ChannelType;
  /** Null for a direct message. */
  name: string | null;
  description: string | null;
  createdBy: string;
  memberCount: number;
  isArchived: boolean;
  erasedAt: Date | null;
  /** `seq` of the last change applied. */
  version: number;
  createdAt: Date;
}

export const channelSchema = defineSchema<Channel>('channels', {
  _id: { type: String, required: true },
  type: { type: String, enum: ['public', 'private', 'dm'], required: true },
  name: { type: String, default: null },
  description: { type: String, default: null },
  createdBy: { type: String, required: true },
  memberCount: { type: Number, required: true, min: 0 },
  isArchived: { type: Boolean, required: true },
  erasedAt: { type: Date, default: null },
  version: { type: Number, required: true, min: 1 },
  createdAt: { type: Date, required: true },
});

channelSchema.index({ type: 1, isArchived: 1, createdAt: 1, _id: 1 }, { name: 'type_archived_created' });
