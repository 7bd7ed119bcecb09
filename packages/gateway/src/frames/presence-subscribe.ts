import { StormError } from '@storm/shared/node';
import type { Presence } from '@storm/shared/protocol';
import { sendFailure } from '../connection/send-error.js';
import { identityOf, requireAccess, type Frame } from './frame.js';

/**
 * Begins to watch users; answered by `presence.snapshot`, or `error`. What comes after it does not wait for the answer. The
 * caller's own status is as its devices know it.
 */
export function presenceSubscribe({ connection, payload, requestId, context }: Frame<'presence.subscribe'>): void {
  const { user } = identityOf(connection);
  const { access, watches, attendance, now, log } = context;
  requireAccess(connection, access);
  const wait = connection.watchings.take(now());
  if (wait > 0) throw new StormError('RATE_LIMIT_EXCEEDED', { retryAfterMs: wait });
  const own: Presence[] = payload.userIds.includes(user.id)
    ? [{ userId: user.id, status: attendance.statusOf(user.id) ?? 'online', lastSeenAt: null }]
    : [];
  const others = payload.userIds.filter((userId) => userId !== user.id);
  watches
    .subscribe(connection, others)
    .then((users) => {
      requireAccess(connection, access);
      connection.send('presence.snapshot', { users: [...own, ...users] }, requestId);
    })
    .catch((error: unknown) => sendFailure(connection, error, log, requestId));
}
