import { EventSealer } from '@storm/shared/node';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { idOf } from '../../tests/support/opened.js';
import { aRedis, aRing, aStore, silent } from '../../tests/support/place.js';
import { Publisher } from '../events/publisher.js';
import { ChannelHeads } from '../questions/channel-heads.js';
import { Reads } from './reads.js';

const never = 1_000_000;
const epoch = 'e';
const [ann, bob] = [idOf('u', 'ann'), idOf('u', 'bob')];
let place: Awaited<ReturnType<typeof aStore>>;
let space: Awaited<ReturnType<typeof aRedis>>;
let channelId: string;
let turn = 0;

beforeAll(async () => ([place, space] = await Promise.all([aStore(), aRedis()])));
afterAll(() => Promise.all([place.leave(), space.leave()]));
beforeEach(async () => {
  channelId = idOf('c', `room${++turn}`);
  const joined = { role: 'member' as const, at: new Date(0), position: 0 };
  await place.store.memberships.apply([ann, bob].map((userId, i) => ({ channelId, userId, seq: i + 1, joined })));
  await space.redis.hset(space.names.head(channelId, epoch), { seq: 11, position: 9 });
});

function aReads({ failing = () => false, capacity = 10 }: { failing?: () => boolean; capacity?: number } = {}) {
  const { redis, names } = space;
  const memberships = {
    ...place.store.memberships,
    read: async (...args: Parameters<typeof place.store.memberships.read>) => {
      if (failing()) throw new Error('away');
      await place.store.memberships.read(...args);
    },
  };
  const store = { ...place.store, memberships };
  const sealer = new EventSealer(aRing('e1'));
  const publisher = new Publisher({ redis, names, sealer, epoch, eventsBetween: () => Promise.resolve([]) });
  const heads = new ChannelHeads({ redis, names, store, epoch });
  const reads = new Reads({ store, heads, publisher, log: silent, intervalMs: never, capacity });
  return { reads, read: (userId: string, position: number) => reads.note([{ channelId, userId, position }]) };
}
const positions = async () => {
  const found = await place.store.memberships.of(channelId, [ann, bob]);
  return [ann, bob].map((userId) => found.get(userId)?.readPosition);
};

it('keeps what could not be written, together with what came meanwhile', async () => {
  let isAway = true;
  const { reads, read } = aReads({ failing: () => isAway });
  read(ann, 4);
  read(bob, 3);
  await reads.flush();
  expect(await positions()).toEqual([0, 0]);
  read(ann, 7);
  read(bob, 2);
  isAway = false;
  await reads.flush();
  expect(await positions()).toEqual([7, 3]);
  await reads.close();
});

it('drops at the cap who is not there, and moves on with who is', async () => {
  const { reads, read } = aReads({ capacity: 1 });
  read(ann, 4);
  read(bob, 3);
  read(ann, 5);
  await reads.flush();
  expect(await positions()).toEqual([5, 0]);
  read(bob, 3);
  await reads.close();
  expect(await positions()).toEqual([5, 3]);
});

it('ends although it can not write', async () => {
  const { reads, read } = aReads({ failing: () => true });
  read(ann, 4);
  await reads.close();
  expect(await positions()).toEqual([0, 0]);
});
