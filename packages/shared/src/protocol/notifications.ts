import { z } from 'zod';
import { NotificationId, UserId } from './ids.js';
import { limits } from './limits.js';
import { IsoTime, Millis, plainRecord, wellFormed } from './scalars.js';
import { Role } from './users.js';

export const NotificationType = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'a short name of lower-case letters, digits and -');

const Name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'not a name');
const Value = z.union([wellFormed(z.string().max(256)), z.number(), z.boolean(), z.null()]);
const Inner = plainRecord(z.record(Name, Value));

/** Ids and short words, not texts: objects two deep at most, and 2 KiB of JSON. */
export const NotificationData = plainRecord(z.record(Name, z.union([Value, Inner]))).refine(
  (data) => new TextEncoder().encode(JSON.stringify(data)).length <= limits.notificationDataBytes,
  `at most ${limits.notificationDataBytes} bytes of JSON`,
);

/** What a user is told of. */
export const NotificationState = z.strictObject({
  id: NotificationId,
  type: NotificationType,
  data: NotificationData,
  createdAt: Millis,
});
export type NotificationState = z.infer<typeof NotificationState>;

/** What a user has read of them: one by its id, or all that were made until then. */
export const NotificationsRead = z.strictObject({ id: NotificationId.optional(), until: Millis.optional() });
export type NotificationsRead = z.infer<typeof NotificationsRead>;

/** As it is listed. */
export const Notification = NotificationState.extend({
  createdAt: IsoTime,
  readAt: IsoTime.nullable(),
  expiresAt: IsoTime,
});
export type Notification = z.infer<typeof Notification>;

/** Made by Storm itself: `mention`, `dm`. */
const ownTypes = new Set(['mention', 'dm']);
const targets = ['userIds', 'role', 'all'] as const;
const distinct = (list: readonly string[]): boolean => new Set(list).size === list.length;

/** To exactly one of named users, those of a role, and all. */
export const NotificationSend = z
  .strictObject({
    /** With it again nobody gets another. */
    key: z.string().regex(/^[\w.:/-]{1,128}$/, '1 to 128 letters, digits and _ . : / -'),
    type: NotificationType.refine((type) => !ownTypes.has(type), 'this type is made by Storm itself'),
    data: NotificationData,
    userIds: z.array(UserId).min(1).max(limits.notifiedAtOnce).refine(distinct, 'each user once').optional(),
    role: Role.optional(),
    all: z.literal(true).optional(),
    /** Without it: in 90 days, which is the latest. */
    expiresAt: IsoTime.optional(),
  })
  .refine((sent) => targets.filter((target) => sent[target] !== undefined).length === 1, 'exactly one of userIds, role and all');

/** How many active users there are among those meant, and how many of them had none under this key. */
export const NotificationsSent = z.strictObject({ users: z.int(), made: z.int() });
