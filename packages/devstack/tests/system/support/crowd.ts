import { Channel, Member } from '@storm/shared/protocol';
import type { Rest } from '../../../src/clients/rest.js';
import { Socket } from '../../../src/clients/socket.js';
import { register, type Person } from '../../../src/scenario/cast.js';

/** Somebody with a socket. */
export interface Connected extends Person {
  socket: Socket;
}

/** Registers so many users, a few at a time. */
export async function registerMany(api: (index: number) => Rest, count: number): Promise<Person[]> {
  return inTurns(
    Array.from({ length: count }, (_, i) => i),
    8,
    (i) => register(api(i), `user${i}`),
  );
}

export async function connect(person: Person, gateway: string): Promise<Connected> {
  const { socket } = await Socket.connect(gateway, person.accessToken);
  return { ...person, socket };
}

export interface ChannelOptions {
  type?: 'public' | 'private';
  name: string;
  description?: string;
  owner: Person;
  others: readonly Person[];
}

/** A channel with these members, all of it persisted. */
export async function makeChannel({ owner, others, ...body }: ChannelOptions): Promise<Channel> {
  const { data } = await owner.rest.call(Channel, 'POST', '/channels', { body });
  for (const { id: userId } of others) {
    await owner.rest.call(Member, 'POST', `/channels/${data.id}/members`, { body: { userId } });
  }
  return data;
}

/** Does the same to each, `width` of them at a time; answers in the order of the items. */
export async function inTurns<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  const entries = items.entries();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const [index, item] of entries) answers[index] = await work(item);
    }),
  );
  return answers;
}
