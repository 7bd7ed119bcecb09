import { z } from 'zod';
import { UserId } from './ids.js';
import { limits } from './limits.js';
import { IsoTime, wellFormed } from './scalars.js';

/**
 * What a service key may let a program do. `itself`: in its own right. `user`: for a user whom it names in each request; the
 * key needs `act-as` too.
 */
export const serviceScopes = {
  /** Users as every user sees them, and the list of all. */
  'users:read': 'itself',
  /** The audit log and the list of dead letters. */
  'admin:read': 'itself',
  /** Sending notifications to users, to those of a role, to all. */
  'notifications:send': 'itself',
  /** Channels and their members. */
  'channels:read': 'user',
  /** Creating, joining, leaving, renaming and archiving channels, their members, direct messages. */
  'channels:write': 'user',
  'messages:read': 'user',
  /** Sending messages, and deleting them. */
  'messages:send': 'user',
} as const satisfies Record<string, 'itself' | 'user'>;

/** The scopes that serve operations. */
export type ServiceScope = keyof typeof serviceScopes;
/** Those by which a program acts for a user. */
export type ActingScope = { [S in ServiceScope]: (typeof serviceScopes)[S] extends 'user' ? S : never }[ServiceScope];

export const actAs = 'act-as';
export const KeyScope = z.enum([...(Object.keys(serviceScopes) as [ServiceScope, ...ServiceScope[]]), actAs]);
export type KeyScope = z.infer<typeof KeyScope>;

export const ServiceKeyName = wellFormed(z.string().min(1).max(64));

const distinct = (list: readonly string[]): boolean => new Set(list).size === list.length;
const needsActing = (scope: KeyScope): boolean => scope !== actAs && serviceScopes[scope] === 'user';

export const ServiceKeyCreate = z
  .strictObject({
    name: ServiceKeyName,
    scopes: z.array(KeyScope).min(1).refine(distinct, 'each scope once'),
    /** The only users that it may act for. Without it: everyone but admins and moderators. */
    actsFor: z.array(UserId).min(1).max(limits.idsPerRequest).refine(distinct, 'each user once').optional(),
    /** Without it: never, until it is revoked. */
    expiresAt: IsoTime.optional(),
  })
  .refine(({ scopes }) => scopes.includes(actAs) || !scopes.some(needsActing), 'scopes of channels and messages need act-as')
  .refine(({ scopes, actsFor }) => scopes.includes(actAs) || actsFor === undefined, 'actsFor needs act-as');
