import { UserId, actAs } from '@storm/shared/protocol';
import { StormError } from '@storm/shared/node';
import type { Store } from '@storm/store';
import { invalid } from '../../http/plain-json.js';
import type { Actor, Service } from './service.js';

/** Names the user for whom a program calls. */
export const actAsHeader = 'x-storm-act-as';

/**
 * The user for whom a program calls: an active member of the platform, never an admin or moderator, so that a key can't grow
 * beyond what it was given. Throws VALIDATION_ERROR where none is named; FORBIDDEN, whatever is wrong with the one who is.
 */
export async function actingUser(
  { scopes, actsFor }: Service,
  named: string | undefined,
  { users }: Pick<Store, 'users'>,
): Promise<Actor> {
  const { success, data: userId } = UserId.safeParse(named);
  if (!success) throw invalid('X-Storm-Act-As must name the user for whom this is done');
  const mayActFor = scopes.includes(actAs) && (actsFor === null || actsFor.includes(userId));
  const user = mayActFor ? await users.byId(userId) : undefined;
  if (!user?.isActive || user.role !== 'member')
    throw new StormError('FORBIDDEN', { message: 'This key may not act for that user' });
  return { sub: userId, role: 'member' };
}
