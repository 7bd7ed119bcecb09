import { Schema } from 'mongoose';
import { defineSchema } from '../collection.js';

export interface Notification {
  userId: string;
  type: string;
  /** Ids, never text. */
  data: Record<string, unknown>;
  /** Makes it idempotent: `channel:seq` for mentions and direct messages. */
  key: string;
  readAt: Date | null;
  createdAt: Date;
}

export const notificationsKeptSeconds = 90 * 24 * 60 * 60;

export const notificationSchema = defineSchema<Notification>('notifications', {
  userId: { type: String, required: true },
  type: { type: String, required: true },
  data: { type: Schema.Types.Mixed, required: true },
  key: { type: String, required: true },
  readAt: { type: Date, default: null },
  createdAt: { type: Date, required: true },
});

notificationSchema.index({ userId: 1, key: 1 }, { name: 'user_key', unique: true });
notificationSchema.index({ userId: 1, createdAt: 1, _id: 1 }, { name: 'user_created' });
notificationSchema.index({ createdAt: 1 }, { name: 'expires', expireAfterSeconds: notificationsKeptSeconds });
