import { ChannelId, NotificationType, Role, ServiceKeyId, SessionId, UserId } from '@storm/shared/protocol';
import { z } from 'zod';
import { Digest } from '../schemas/dead-letters.js';

/** Everything that the audit log tells of. */
export const AuditAction = z.enum([
  /** A session began: the target. */
  'login',
  /** The actor is who was tried, where there is such a user. */
  'login-failed',
  'registered',
  /** A refresh token that was used before came back; its session is ended. */
  'refresh-reuse',
  'logout',
  'session-revoked',
  'sessions-revoked-all',
  'password-changed',
  'role-changed',
  'user-deactivated',
  'user-reactivated',
  'service-key-created',
  /** The target is the user it acted for, if any. */
  'service-key-used',
  /** The key is one of ours; it was revoked, expired, or its secret was wrong. */
  'service-key-failed',
  'service-key-revoked',
  'second-factor-enrolled',
  'second-factor-removed',
  'second-factor-failed',
  'admin-created',
  /** The target is the user, where one was named. */
  'notifications-sent',
  /** A channel's content is to be destroyed for good. */
  'erased',
  'dead-letter-replayed',
  /** A change that was taken is given up. */
  'dead-letter-dropped',
]);
export type AuditAction = z.infer<typeof AuditAction>;

/** Whoever has the machine and runs a command on it. */
export const operator = 'operator';

export const AuditActor = z.union([UserId, ServiceKeyId, z.literal(operator)]);
export const AuditTarget = z.union([UserId, SessionId, ServiceKeyId, ChannelId, Digest]);

/** Ids and codes, never a secret or a text of somebody's. */
export const AuditDetails = z.strictObject({
  /** A role after the change, or to whom notifications went. */
  role: Role.optional(),
  sessionId: SessionId.optional(),
  /** How many of it this entry stands for; 1 without it. */
  count: z.int().nonnegative().optional(),
  /** Where a dead letter was meant for. */
  channelId: ChannelId.optional(),
  /** Scopes of a service key, with spaces between them. */
  scopes: z.string().max(500).optional(),
  /** Type of notifications. */
  sent: NotificationType.optional(),
  /** How many users were named. */
  users: z.int().positive().optional(),
  /** What decided it, as a short code: `recovery-code`. */
  reason: z
    .string()
    .regex(/^[a-z-]{1,40}$/)
    .optional(),
});

/** What happened: who did it, to whom or what, from where. */
export const AuditEvent = z.strictObject({
  actor: AuditActor.nullable(),
  action: AuditAction,
  target: AuditTarget.nullable().default(null),
  address: z.string().max(64).nullable().default(null),
  details: AuditDetails.optional(),
});
export type AuditEvent = z.input<typeof AuditEvent>;
