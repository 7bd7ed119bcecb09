import { StormError } from '@storm/shared/node';
import type { User } from '@storm/store';
import type { Context } from '../../context.js';

/**
 * For a user whose password was right. Throws SECOND_FACTOR_REQUIRED, with a challenge to go on with, unless that is all they
 * have to show.
 */
export async function requireSecondFactor(
  user: User,
  { secondFactors, challenges }: Pick<Context, 'secondFactors' | 'challenges'>,
): Promise<void> {
  const missing = await secondFactors.missing(user);
  if (missing) throw new StormError('SECOND_FACTOR_REQUIRED', { details: challenges.issue(user, missing) });
}
