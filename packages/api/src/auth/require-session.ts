import { StormError } from '@storm/shared/node';
import type { AccessClaims } from '@storm/shared/protocol';

/** Throws REFUSED for whom an identity service vouches for: only that can sign them out, and they must not believe that we did. */
export function requireSession({ outside }: Pick<AccessClaims, 'outside'>): void {
  if (outside) throw new StormError('REFUSED', { message: 'Sign out where you signed in: there is no session of yours here' });
}
