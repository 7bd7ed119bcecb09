import type { EndOfAccess } from '@storm/shared/contracts';
import type { User } from '../users/schema.js';
import type { Session } from './schema.js';

interface Found {
  session: Pick<Session, 'userId' | 'revokedAt' | 'expiresAt'> | undefined;
  user: Pick<User, 'isActive' | 'accessVersion'> | undefined;
}

/**
 * Why an access token holds no more, by what MongoDB has of its session and user; undefined when it does. Who is known by an
 * identity service outside has no session.
 */
export function endOfAccess(
  { sub, ver, outside }: { sub: string; ver: number; outside?: true | undefined },
  { session, user }: Found,
  now = new Date(),
): EndOfAccess | undefined {
  if (!outside && !holds(session, sub, now)) return 'session';
  if (!user?.isActive) return 'deactivated';
  return ver < user.accessVersion ? 'outdated' : undefined;
}

const holds = (session: Found['session'], sub: string, now: Date): boolean =>
  session?.userId === sub && !session.revokedAt && session.expiresAt > now;
