import type { Login } from '@storm/shared/protocol';
import { StormError } from '@storm/shared/node';
import type { User } from '@storm/store';
import type { z } from 'zod';
import type { Context } from '../context.js';

/**
 * Whose name and password these are. Throws UNAUTHORIZED: the same answer after the same work whatever is wrong, for who has an
 * account is nobody's business.
 */
export async function checkCredentials(
  { email, username = '', password }: z.infer<typeof Login>,
  { passwords, store }: Pick<Context, 'passwords' | 'store'>,
): Promise<User> {
  const user = await store.users.byLogin(email === undefined ? { username } : { email });
  const matches = await passwords.verify(user?.passwordHash, password);
  if (!user?.isActive || !matches) throw new StormError('UNAUTHORIZED', { message: 'The name or the password is wrong' });
  return user;
}
