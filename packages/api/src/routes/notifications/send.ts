import { NotificationSend, NotificationsSent } from '@storm/shared/protocol';
import { z } from 'zod';
import type { AuditEvent } from '../../audit/audit-event.js';
import { cursorOf, encodeCursor } from '../../http/cursor.js';
import { operation } from '../../http/operation.js';
import { AudiencePlace } from '../../notifications/audience.js';
import { lifeOf, notify } from '../../notifications/notify.js';

export const sendNotifications = operation({
  method: 'post',
  path: '/notifications',
  tag: 'notifications',
  summary:
    'Notify users, those of a role, or all: once each under a `key`. 202: 10,000 users are told and there are more; the same again with `cursor`',
  permission: 'notification.send',
  services: 'notifications:send',
  request: { query: z.strictObject({ cursor: cursorOf(AudiencePlace).optional() }), body: NotificationSend },
  response: { 200: NotificationsSent, 202: NotificationsSent },
  async handle({ user, service, query: { cursor }, body, address }, context) {
    const now = new Date();
    lifeOf(body, now);
    const actor = service?.keyId ?? user?.sub ?? null;
    await context.audit.record({ actor, action: 'notifications-sent', ...whom(body), address });
    const { users, made, next } = await notify({ sent: body, after: cursor, now }, context);
    const meta = { hasNextPage: next !== undefined, nextCursor: next ? encodeCursor(next) : null };
    return { status: next ? 202 : 200, data: { users, made }, meta };
  },
});

function whom({ type: sent, role, userIds }: z.infer<typeof NotificationSend>): Pick<AuditEvent, 'target' | 'details'> {
  const [only = null] = userIds?.length === 1 ? userIds : [];
  return { target: only, details: { sent, ...(role && { role }), ...(userIds && { users: userIds.length }) } };
}
