import { randomBytes } from 'node:crypto';
import { SignedIn } from '@storm/shared/protocol';
import { z } from 'zod';
import type { Rest } from '../../../src/clients/rest.js';
import type { Person } from '../../../src/scenario/cast.js';

/** Somebody who can sign in again. */
export interface Account {
  id: string;
  username: string;
  password: string;
}

/** One session of an account, and calls in its name. */
export interface Session extends Person {
  sessionId: string;
  refreshToken: string;
}

/** Registers somebody new. The session that comes with it is not used. */
export async function signUp(api: Rest, name: string): Promise<Account> {
  const username = `${name}_${randomBytes(3).toString('hex')}`;
  const password = `Aa1!${randomBytes(12).toString('base64url')}`;
  const body = { username, email: `${username}@example.org`, password };
  const { data } = await api.call(SignedIn, 'POST', '/auth/register', { body });
  return { id: data.user.id, username, password };
}

/** A new session. */
export async function signIn(api: Rest, { username, password }: Pick<Account, 'username' | 'password'>): Promise<Session> {
  const { data } = await api.call(SignedIn, 'POST', '/auth/login', { body: { username, password } });
  const { user, accessToken, refreshToken } = data;
  return { id: user.id, username, accessToken, refreshToken, sessionId: sessionOf(accessToken), rest: api.as(accessToken) };
}

/** The session that an access token is of. */
function sessionOf(accessToken: string): string {
  const claims: unknown = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString());
  return z.object({ sid: z.string() }).parse(claims).sid;
}
