import type { NotificationState } from '@storm/shared/protocol';
import { Schema } from 'mongoose';
import { defineSchema } from '../collection.js';

export interface Notification {
  /** Derived from user and key. */
  _id: string;
  userId: string;
  type: string;
  /** Ids, never text. */
  data: NotificationState['data'];
  /** Makes it idempotent: `channel:seq` of the message for mentions and direct messages. */
  key: string;
  readAt: Date | null;
  createdAt: Date;
  /** When it goes. */
  expiresAt: Date;
}

export const notificationSchema = defineSchema<Notification>('notifications', {
  _id: { type: String, required: true },
  userId: { type: String, required: true },
  type: { type: String, required: true },
  data: { type: Schema.Types.Mixed, required: true },
  key: { type: String, required: true },
  readAt: { type: Date, default: null },
  createdAt: { type: Date, required: true },
  expiresAt: { type: Date, required: true },
});

notificationSchema.index({ userId: 1, key: 1 }, { name: 'user_key', unique: true });
notificationSchema.index({ userId: 1, createdAt: 1, _id: 1 }, { name: 'user_created' });
notificationSchema.index({ userId: 1, readAt: 1, createdAt: 1, _id: 1 }, { name: 'user_read_created' });
notificationSchema.index({ expiresAt: 1 }, { name: 'expires_at', expireAfterSeconds: 0 });
