import { randomBytes, randomInt } from 'node:crypto';
import { SignedIn } from '@storm/shared/protocol';
import type { Rest } from '../clients/rest.js';

/** Somebody who takes part in the scenario. */
export interface Person {
  id: string;
  username: string;
  accessToken: string;
  /** Calls in this person's name. */
  rest: Rest;
}

/** Registers somebody new: the name is made unique, as the data of earlier runs are kept. */
export async function register(api: Rest, name: string): Promise<Person> {
  const username = `${name}_${randomBytes(3).toString('hex')}`;
  const password = `Aa1!${randomBytes(12).toString('base64url')}${randomInt(10)}`;
  const body = { username, email: `${username}@example.org`, password };
  const { data } = await api.call(SignedIn, 'POST', '/auth/register', { body });
  return { id: data.user.id, username, accessToken: data.accessToken, rest: api.as(data.accessToken) };
}
