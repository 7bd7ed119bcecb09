import { notificationIdOf, type ControlEvent } from '@storm/shared/contracts';
import { limits, type NotificationSend } from '@storm/shared/protocol';
import type { Notification } from '@storm/store';
import type { z } from 'zod';
import type { Context } from '../context.js';
import { say } from '../control/say.js';
import { invalid } from '../http/plain-json.js';
import { audience, type AudiencePlace } from './audience.js';

type Sent = z.infer<typeof NotificationSend>;

interface Order {
  sent: Sent;
  /** Where an earlier one ended. */
  after?: AudiencePlace | undefined;
  now: Date;
  /** Users in memory at a time; 1,000 by default. */
  atOnce?: number;
  /** When so many are told, it ends; 10,000 by default. */
  inOneGo?: number;
}

export interface Notified {
  /** Active users that were looked at. */
  users: number;
  /** How many of them had none under this key. */
  made: number;
  /** Where to go on; undefined when all are told. */
  next: AudiencePlace | undefined;
}

/** No key of ours begins so: nobody takes the place of a mention. */
const keyPrefix = 'api:';

/**
 * Makes a notification for each who is meant, and tells it live; a bounded number of users in one go. Under the same
 * key nobody gets a second one, so that it may be done again from any place.
 */
export async function notify(
  { sent, after, now, atOnce, inOneGo = limits.notifiedPerRequest }: Order,
  context: Pick<Context, 'store' | 'redis' | 'names' | 'config' | 'log'>,
): Promise<Notified> {
  const until = lifeOf(sent, now);
  const result: Notified = { users: 0, made: 0, next: undefined };
  for await (const { userIds, end } of audience(sent, after, { store: context.store, ...(atOnce && { limit: atOnce }) })) {
    const made = await context.store.notifications.insertNew(userIds.map((userId) => notificationFor(userId)));
    await say(made.map(toEvent), context);
    result.users += userIds.length;
    result.made += made.length;
    result.next = end;
    if (end && result.users >= inOneGo) return result;
  }
  return { ...result, next: undefined };

  function notificationFor(userId: string): Notification {
    const key = keyPrefix + sent.key;
    const { type, data } = sent;
    return { _id: notificationIdOf(userId, key), userId, type, data, key, readAt: null, createdAt: now, expiresAt: until };
  }
}

const toEvent = ({ _id: id, userId, type, data, createdAt }: Notification): ControlEvent => ({
  kind: 'notification',
  userId,
  notification: { id, type, data, createdAt: createdAt.getTime() },
});

/** Throws VALIDATION_ERROR for an end that is past, or too far. */
export function lifeOf({ expiresAt }: Pick<Sent, 'expiresAt'>, now: Date): Date {
  const latest = new Date(now.getTime() + limits.notificationDays * 86_400_000);
  if (expiresAt === undefined) return latest;
  const end = new Date(expiresAt);
  if (end <= now) throw invalid('expiresAt is past');
  if (end > latest) throw invalid(`expiresAt is more than ${limits.notificationDays} days away`);
  return end;
}
