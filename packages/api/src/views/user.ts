import type { AccessClaims, User } from '@storm/shared/protocol';
import { isPlaceholder, type User as StoredUser } from '@storm/store';
import { iso, isoOrNull } from './iso.js';

/** A user as `viewer` may see them: the email address is for oneself and admins. A program is no viewer. */
export function toUser(user: StoredUser, viewer: Pick<AccessClaims, 'sub' | 'role'> | undefined): User {
  const { _id, username, displayName, email, role, isActive, lastSeenAt, createdAt } = user;
  const seesEmail = viewer?.sub === _id || viewer?.role === 'admin';
  return {
    id: _id,
    username,
    ...(displayName === null ? {} : { displayName }),
    ...(seesEmail && !isPlaceholder(email) ? { email } : {}),
    role,
    isActive,
    lastSeenAt: isoOrNull(lastSeenAt),
    createdAt: iso(createdAt),
  };
}

export const toSelf = (user: StoredUser): User => toUser(user, { sub: user._id, role: user.role });
