import type { Login } from '@storm/shared/protocol';
import { StormError } from '@storm/shared/node';
import type { User } from '@storm/store';
import type { z } from 'zod';
import type { Context } from '../context.js';
import type { From } from './sign-in.js';

/**
 * Whose name and password these are. Throws UNAUTHORIZED: the same answer after the same work whatever is wrong, for who has an
 * account is nobody's business. Throws RATE_LIMIT_EXCEEDED for who tried too often, before any work.
 */
export async function checkCredentials(
  { email, username = '', password }: z.infer<typeof Login>,
  { address }: Pick<From, 'address'>,
  context: Pick<Context, 'passwords' | 'store' | 'loginSlowDown' | 'log' | 'failures'>,
): Promise<User> {
  const { passwords, store, loginSlowDown, failures } = context;
  const failed = (reason?: string, actor: string | null = null) =>
    failures.note({ actor, action: 'login-failed', address, details: { reason } });

  const succeeded = await loginSlowDown.attempt(email ?? username, address).catch((error: unknown) => {
    if (error instanceof StormError && error.code === 'RATE_LIMIT_EXCEEDED') failed('slowed-down');
    throw error;
  });
  const user = await store.users.byLogin(email === undefined ? { username } : { email });
  const matches = await passwords.verify(user?.passwordHash, password);
  if (!user?.isActive || !matches) {
    failed(matches ? 'deactivated' : undefined, user?._id);
    throw wrong();
  }
  await succeeded();
  return renewHash(user, password, context);
}

const wrong = () => new StormError('UNAUTHORIZED', { message: 'The name or the password is wrong' });

/** A hash that was made at another cost is made anew while the password is at hand. What keeps us from it keeps nobody out. */
async function renewHash(
  user: User,
  password: string,
  { passwords, store, log }: Pick<Context, 'passwords' | 'store' | 'log'>,
): Promise<User> {
  const { passwordHash: from } = user;
  if (from === null || !passwords.isOutdated(from)) return user;
  try {
    const passwordHash = await passwords.hash(password);
    if (await store.users.replacePassword(user._id, { from, to: passwordHash })) return { ...user, passwordHash };
    // Somebody was quicker: a sign-in of the same moment, or a change of the password.
    const current = await store.users.byId(user._id);
    if (!current?.isActive || !(await passwords.verify(current.passwordHash, password))) throw wrong();
    return current;
  } catch (error) {
    if (error instanceof StormError && error.code === 'UNAUTHORIZED') throw error;
    log.warn({ err: error }, 'a password could not be hashed anew');
    return user;
  }
}
