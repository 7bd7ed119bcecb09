import type { EndOfAccess } from '@storm/shared/contracts';
import type { User } from '../users/schema.js';
import type { Session } from './schema.js';

interface Found {
  session: Pick<Session, 'userId' | 'revokedAt' | 'expiresAt'> | undefined;
  user: Pick<User, 'isActive' | 'accessVersion'> | undefined;
}

/** Why an access token holds no more, by what MongoDB has of its session and user; undefined when it does. */
export function endOfAccess(
  { sub, ver }: { sub: string; ver: number },
  { session, user }: Found,
  now = new Date(),
): EndOfAccess | undefined {
  if (session?.userId !== sub || session.revokedAt || session.expiresAt <= now) return 'session';
  if (!user?.isActive) return 'deactivated';
  return ver < user.accessVersion ? 'outdated' : undefined;
}
