import { Millis, Notification, NotificationId } from '@storm/shared/protocol';
import { z } from 'zod';
import { listQuery, pageOf } from '../../http/cursor.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { toNotification } from '../../views/notification.js';

const Place = z.strictObject({ at: Millis, id: NotificationId });
const query = z.strictObject({
  unread: z.stringbool({ truthy: ['true'], falsy: ['false'] }).default(false),
  ...listQuery(Place),
});

export const listNotifications = operation({
  method: 'get',
  path: '/notifications',
  tag: 'notifications',
  summary: 'My notifications, the newest first, or with `unread=true` those that are not read; `meta.unread` counts these',
  permission: 'notification.own',
  request: { query },
  response: { 200: z.array(Notification) },
  async handle({ user, query: { unread, cursor, limit } }, { store }) {
    const after = cursor && { after: { createdAt: new Date(cursor.at), id: cursor.id } };
    const [found, count] = await Promise.all([
      store.notifications.page(user.sub, { unread, ...after, limit: limit + 1 }),
      store.notifications.countUnread(user.sub),
    ]);
    const { items, meta } = pageOf(found, limit, ({ _id, createdAt }) => ({ at: createdAt.getTime(), id: _id }));
    return ok(items.map(toNotification), { ...meta, unread: count });
  },
});
