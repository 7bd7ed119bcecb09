import type { SignedIn } from '@storm/shared/protocol';
import type { Session, User } from '@storm/store';
import type { z } from 'zod';
import type { Context } from '../context.js';
import { toSelf } from '../views/user.js';

/** Where somebody signs in from. */
export type From = Pick<Session, 'device' | 'address'>;

/** Opens a session for a user who has shown who they are: what answers registering and signing in. */
export async function signIn(user: User, from: From, { sessions }: Pick<Context, 'sessions'>): Promise<z.input<typeof SignedIn>> {
  return { user: toSelf(user), ...(await sessions.open(user, from)) };
}
