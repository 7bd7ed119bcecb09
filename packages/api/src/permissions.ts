import type { Role } from '@storm/shared/protocol';

const everyone: readonly Role[] = ['admin', 'moderator', 'member'];

/**
 * Which roles on the platform may call what; `anyone` needs no identity. What a role in a channel allows is decided by the
 * worker, which alone knows it for certain.
 */
export const permissions = {
  'auth.enter': 'anyone',
  'session.own': everyone,
  'profile.own': everyone,
  'second-factor.own': everyone,
  'second-factor.remove': ['admin'],
  'user.read': everyone,
  'user.manage': ['admin'],
  'session.revoke-any': ['admin'],
  'channel.read': everyone,
  'channel.create': everyone,
  'channel.update': everyone,
  'channel.archive': everyone,
  'channel.join': everyone,
  'member.read': everyone,
  'member.manage': everyone,
  'message.read': everyone,
  'message.send': everyone,
  'message.react': everyone,
  'message.delete': everyone,
  'notification.own': everyone,
  'notification.send': ['admin'],
  'channel.erase': ['admin'],
  'dead-letter.manage': ['admin'],
  'audit.read': ['admin'],
  'service-key.manage': ['admin'],
} as const satisfies Record<string, 'anyone' | readonly Role[]>;

export type Permission = keyof typeof permissions;
/** Those that need no identity. */
export type OpenPermission = { [P in Permission]: (typeof permissions)[P] extends 'anyone' ? P : never }[Permission];

/** May this role do that? Undefined is a caller without identity. */
export function may(role: Role | undefined, permission: Permission): boolean {
  const allowed: 'anyone' | readonly Role[] = permissions[permission];
  return allowed === 'anyone' || (role !== undefined && allowed.includes(role));
}
