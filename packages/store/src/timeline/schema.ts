import { Schema, type mongo } from 'mongoose';
import { defineSchema } from '../collection.js';
import type { MessageRow, SystemState, TimelineRow } from './rows.js';

type Base = Pick<
  TimelineRow,
  'channelId' | 'seq' | 'senderId' | 'changeId' | 'intakeId' | 'bodyHmac' | 'keyVersion' | 'createdAt'
>;
type Absent = 'textKey' | 'threadId' | 'mentions' | 'reactions' | 'editedAt' | 'deletedAt';
type MessagePart = Omit<MessageRow, keyof Base | 'kind' | Absent>;

/** A row as it is stored: what a row doesn't have, and what is null or empty in a new message, is left out. */
export interface TimelineDocument extends Base, Partial<MessagePart> {
  _id: mongo.ObjectId;
  kind: string;
  textKey?: number;
  threadId?: string;
  mentions?: string[];
  reactions?: Record<string, number>;
  editedAt?: Date;
  deletedAt?: Date;
  target?: number;
  targetId?: string;
  emoji?: string;
  added?: boolean;
  system?: SystemState;
}

export const timelineSchema = defineSchema<TimelineDocument>('timeline', {
  _id: { type: Schema.Types.ObjectId, required: true },
  channelId: { type: String, required: true },
  seq: { type: Number, required: true, min: 1 },
  kind: { type: String, required: true },
  senderId: { type: String, required: true },
  changeId: { type: String, required: true },
  intakeId: { type: String, required: true },
  bodyHmac: { type: Schema.Types.Buffer, required: true },
  keyVersion: { type: Number, required: true },
  createdAt: { type: Date, required: true },
  id: String,
  position: { type: Number, min: 1 },
  version: Number,
  textSeq: Number,
  textKey: Number,
  ciphertext: Schema.Types.Buffer,
  iv: Schema.Types.Buffer,
  tag: Schema.Types.Buffer,
  threadId: String,
  mentions: { type: [String], default: undefined },
  reactions: Schema.Types.Mixed,
  clientTs: Date,
  editedAt: Date,
  deletedAt: Date,
  target: Number,
  targetId: String,
  emoji: String,
  added: Boolean,
  system: Schema.Types.Mixed,
});

const where = (field: string) => ({ partialFilterExpression: { [field]: { $exists: true } } });

/** One writer wins. */
timelineSchema.index({ channelId: 1, seq: 1 }, { name: 'channel_seq', unique: true });
/** One effect. */
timelineSchema.index({ channelId: 1, senderId: 1, changeId: 1 }, { name: 'channel_sender_change', unique: true });
timelineSchema.index({ channelId: 1, position: 1 }, { name: 'channel_position', unique: true, ...where('position') });
timelineSchema.index({ channelId: 1, id: 1 }, { name: 'channel_id', unique: true, ...where('id') });
timelineSchema.index({ channelId: 1, threadId: 1, position: 1 }, { name: 'channel_thread_position', ...where('threadId') });
timelineSchema.index({ channelId: 1, target: 1 }, { name: 'channel_target', ...where('target') });
timelineSchema.index({ channelId: 1, mentions: 1, position: 1 }, { name: 'channel_mentions_position', ...where('mentions') });
