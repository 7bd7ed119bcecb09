import type { Notification } from '@storm/shared/protocol';
import type { Notification as StoredNotification } from '@storm/store';
import { iso, isoOrNull } from './iso.js';

export const toNotification = ({ _id: id, type, data, ...times }: StoredNotification): Notification => ({
  id,
  type,
  data,
  createdAt: iso(times.createdAt),
  readAt: isoOrNull(times.readAt),
  expiresAt: iso(times.expiresAt),
});
