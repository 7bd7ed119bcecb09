import { z } from 'zod';
import { NotificationsRead, NotificationState, SessionId, UserId } from '../protocol/index.js';

/**
 * Why an access token holds no more: its session was ended; its user's access changed since (a refresh brings the new one);
 * its user was deactivated.
 */
export const EndOfAccess = z.enum(['session', 'outdated', 'deactivated']);
export type EndOfAccess = z.infer<typeof EndOfAccess>;

/** What ended of a user's access. */
export const AccessEvent = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('session-ended'), userId: UserId, sid: SessionId }),
  /** Access tokens with a lower `ver` hold no more. */
  z.strictObject({ kind: z.literal('access-changed'), userId: UserId, ver: z.int().nonnegative(), isActive: z.boolean() }),
]);
export type AccessEvent = z.infer<typeof AccessEvent>;

/** What the api tells the gateways of a user at once: text-free, and authenticated under the intake secret. */
export const ControlEvent = z.discriminatedUnion('kind', [
  AccessEvent,
  /** Names, which devices ask for. */
  z.strictObject({ kind: z.literal('profile-changed'), userId: UserId }),
  z.strictObject({ kind: z.literal('notification'), userId: UserId, notification: NotificationState }),
  /** Of notifications: one, or all that were made until then. */
  z.strictObject({ kind: z.literal('notifications-read'), userId: UserId, read: NotificationsRead }),
]);
export type ControlEvent = z.infer<typeof ControlEvent>;

/** What tells it from a sealed event, which begins with its version: the first byte of a JSON object. */
export const isControl = (message: Uint8Array): boolean => message[0] === 0x7b;
