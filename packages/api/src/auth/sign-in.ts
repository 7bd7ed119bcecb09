import type { SignedIn } from '@storm/shared/protocol';
import type { Session, User } from '@storm/store';
import type { z } from 'zod';
import type { Context } from '../context.js';
import { toSelf } from '../views/user.js';

/** Where somebody signs in from. */
export type From = Pick<Session, 'device' | 'address'>;

/** Opens a session for a user who has shown who they are: what answers registering and signing in. */
export async function signIn(
  user: User,
  from: From,
  { sessions, audit }: Pick<Context, 'sessions' | 'audit'>,
): Promise<z.input<typeof SignedIn>> {
  const tokens = await sessions.open(user, from);
  const target = sessions.sessionIn(tokens.refreshToken) ?? null;
  await audit.record({ actor: user._id, action: 'login', target, address: from.address });
  return { user: toSelf(user), ...tokens };
}
