import { StormError } from '@storm/shared/node';
import { Notification } from '@storm/shared/protocol';
import { say } from '../../control/say.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { NotificationPath } from '../../schemas/paths.js';
import { toNotification } from '../../views/notification.js';

export const markNotificationRead = operation({
  method: 'put',
  path: '/notifications/:notificationId/read',
  tag: 'notifications',
  summary: 'Mark one of my notifications as read; the time of the first time stays',
  permission: 'notification.own',
  request: { params: NotificationPath },
  response: { 200: Notification },
  async handle({ user, params: { notificationId } }, context) {
    const notification = await context.store.notifications.markRead(user.sub, notificationId);
    if (!notification) throw new StormError('NOT_FOUND');
    await say([{ kind: 'notifications-read', userId: user.sub, read: { id: notificationId } }], context);
    return ok(toNotification(notification));
  },
});
