import { StormError } from '@storm/shared/node';
import type { User } from '@storm/store';
import type { Context } from '../../context.js';
import { stateOf, type Missing } from './challenges.js';

/** Who a challenge is for. Throws UNAUTHORIZED, also when their password, role or activity changed since. */
export async function challengedUser(
  challenge: string,
  missing: Missing,
  { challenges, store }: Pick<Context, 'challenges' | 'store'>,
): Promise<User> {
  const { userId, state } = challenges.open(challenge, missing);
  const user = await store.users.byId(userId);
  if (!user?.isActive || stateOf(user) !== state) throw new StormError('UNAUTHORIZED');
  return user;
}
