import type { Model } from 'mongoose';
import { bounded, native } from '../collection.js';
import { insertNew } from './insert-new.js';
import type { Notification } from './schema.js';

export type { Notification } from './schema.js';

/** Where a page ended. */
export interface NotificationCursor {
  createdAt: Date;
  id: string;
}

export interface NotificationsPage {
  /** Only those not read. */
  unread?: boolean;
  after?: NotificationCursor;
  now?: Date;
  /** At most 100, and one more to see whether there are more. */
  limit: number;
}

const pageMax = 100;
/** Counting goes no further. */
const countedMax = 1_000;

/** Said to the planner: another one would read all that a user has and sort it. */
const byTime = { userId: 1, createdAt: 1, _id: 1 } as const;
const byReadAndTime = { userId: 1, readAt: 1, createdAt: 1, _id: 1 } as const;

export type NotificationQueries = ReturnType<typeof notificationQueries>;

export function notificationQueries(model: Model<Notification>) {
  const notifications = native(model);
  return {
    insertNew: insertNew(notifications),

    /** A user's, the newest first; those that have expired are left out. */
    async page(userId: string, { unread = false, after, now = new Date(), limit }: NotificationsPage): Promise<Notification[]> {
      const beyond = after && {
        createdAt: { $lte: after.createdAt },
        $or: [{ createdAt: { $lt: after.createdAt } }, { createdAt: after.createdAt, _id: { $lt: after.id } }],
      };
      return notifications
        .find({ userId, ...(unread && { readAt: null }), expiresAt: { $gt: now }, ...beyond })
        .hint(unread ? byReadAndTime : byTime)
        .sort(unread ? { userId: -1, readAt: -1, createdAt: -1, _id: -1 } : { userId: -1, createdAt: -1, _id: -1 })
        .limit(bounded(limit, pageMax + 1))
        .toArray();
    },

    /** How many a user has not read; 1,000 stands for that many or more. */
    async countUnread(userId: string, now = new Date()): Promise<number> {
      const unread = { userId, readAt: null, expiresAt: { $gt: now } };
      return notifications.countDocuments(unread, { limit: countedMax, hint: byReadAndTime });
    },

    /** One of a user's, read; it keeps the time at which it was first. Null where they have none of this id. */
    async markRead(userId: string, id: string, at = new Date()): Promise<Notification | null> {
      await notifications.updateOne({ _id: id, userId, readAt: null }, { $set: { readAt: at } });
      return notifications.findOne({ _id: id, userId });
    },

    /** All of a user's that are not read and were made until then; how many. */
    async markAllRead(userId: string, until: Date, at = new Date()): Promise<number> {
      const waiting = { userId, readAt: null, createdAt: { $lte: until } };
      const { modifiedCount } = await notifications.updateMany(waiting, { $set: { readAt: at } });
      return modifiedCount;
    },
  };
}
