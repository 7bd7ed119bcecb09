import { StormError } from '@storm/shared/node';
import { UserTaken } from '@storm/store';

/** For `.catch`: somebody else has this username or email address. Anything else is thrown on. */
export function taken(error: unknown): never {
  if (!(error instanceof UserTaken)) throw error;
  throw new StormError('CONFLICT', { message: `The ${error.field} is taken`, details: { field: error.field } });
}
