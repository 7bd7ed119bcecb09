import { newUserId } from '@storm/shared/contracts';
import type { Role } from '@storm/shared/protocol';
import type { User } from '@storm/store';
import type { Context } from '../context.js';
import { taken } from './taken.js';

export interface Account {
  username: string;
  email: string;
  password: string;
}

/** Makes an account. Throws VALIDATION_ERROR for a password that is too easy to guess, CONFLICT for a name or address that is taken. */
export async function createAccount(
  { username, email, password }: Account,
  { passwords, passwordFloor, store }: Pick<Context, 'passwords' | 'passwordFloor' | 'store'>,
  role: Role = 'member',
): Promise<User> {
  passwordFloor.require(password, { username, email }, 'body.password');
  const passwordHash = await passwords.hash(password);
  return store.users
    .create({ _id: newUserId(), username, email, passwordHash, role, isActive: true, createdAt: new Date() })
    .catch(taken);
}
