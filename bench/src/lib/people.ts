import { randomUUID } from 'node:crypto';
import { Rest } from '@storm/devstack';
import { z } from 'zod';

export interface Person {
  id: string;
  token: string;
  rest: Rest;
}

const SignedIn = z.object({ user: z.object({ id: z.string() }), accessToken: z.string() });
const Made = z.object({ id: z.string() });

/** Registers users, as many at once as the api hashes passwords. */
export async function people(baseUrl: string, count: number): Promise<Person[]> {
  const rest = new Rest({ baseUrl, timeoutMs: 60_000 });
  const made: Person[] = [];
  await inLanes(count, 2, async () => {
    const username = `b${randomUUID().replaceAll('-', '').slice(0, 20)}`;
    const body = { username, email: `${username}@example.org`, password: `Bench-${randomUUID()}` };
    const { data } = await rest.call(SignedIn, 'POST', '/auth/register', { body });
    made.push({ id: data.user.id, token: data.accessToken, rest: rest.as(data.accessToken) });
  });
  return made;
}

export async function channel(owner: Person, members: readonly Person[] = []): Promise<string> {
  const body = { type: 'public', name: `bench ${randomUUID()}` };
  const { data } = await owner.rest.call(Made, 'POST', '/channels', { body });
  await Promise.all(members.map(({ rest }) => rest.call(z.unknown(), 'POST', `/channels/${data.id}/join`)));
  return data.id;
}

/** Does a thing `count` times, at most `width` at once. */
export async function inLanes(count: number, width: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
