import { IsoTime } from '@storm/shared/protocol';
import { z } from 'zod';
import { say } from '../../control/say.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';

export const markAllNotificationsRead = operation({
  method: 'put',
  path: '/notifications/read',
  tag: 'notifications',
  summary: 'Mark all of my notifications made until a time as read: `createdAt` of the newest that was shown',
  permission: 'notification.own',
  request: { body: z.strictObject({ until: IsoTime }) },
  response: { 200: z.strictObject({ marked: z.int() }) },
  async handle({ user, body }, context) {
    const until = new Date(body.until);
    const marked = await context.store.notifications.markAllRead(user.sub, until);
    if (marked > 0) await say([{ kind: 'notifications-read', userId: user.sub, read: { until: until.getTime() } }], context);
    return ok({ marked });
  },
});
