import { StormError } from '@storm/shared/node';
import type { User } from '@storm/store';

type WithPassword = User & { passwordHash: string };

/** Throws REFUSED for whom an identity service vouches for: what is about signing in is not settled here. */
export function requirePassword(user: User): asserts user is WithPassword {
  if (user.passwordHash === null)
    throw new StormError('REFUSED', { message: 'This account signs in by an identity service: it has no password here' });
}
