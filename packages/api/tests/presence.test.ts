import { afterAll, beforeAll, expect, it } from 'vitest';
import { bodyOf, dataOf, Rig, type Account } from './support/rig.js';

interface Presence {
  online: number;
  members: { userId: string; status: string }[];
}

let rig: Rig;
let accounts: Account[];
let room: string;
beforeAll(async () => {
  rig = await Rig.start();
  accounts = await Promise.all(Array.from({ length: 5 }, () => rig.account()));
  room = (await rig.channel(ann(), { type: 'public' })).id;
  await Promise.all(accounts.slice(1).map((account) => rig.call('post', `/channels/${room}/join`, account).expect(200)));
});
afterAll(() => rig.stop());

const ann = () => accounts[0] as Account;
const ask = (account: Account, query = '') => rig.call('get', `/channels/${room}/presence${query}`, account);

/** As gateways leave it in Redis. */
async function show({ user: { id } }: Account, status: string): Promise<void> {
  const { redis, names } = rig.context;
  await redis.hset(names.presence(id).state, { shown: status, version: 1 });
  await redis.sadd(names.presence(id).online, id);
}

it('counts who is online, and names them a page at a time', async () => {
  const [, bob, carl, dora] = accounts as [Account, Account, Account, Account];
  await show(bob, 'online');
  await show(carl, 'dnd');
  await show(dora, 'away');
  await show(await rig.account(), 'online'); // of no channel here
  const ofAll = await ask(ann()).expect(200);
  const all = dataOf<Presence>(ofAll);
  expect(all.online).toBe(3);
  expect(bodyOf(ofAll).meta).toMatchObject({ hasNextPage: false, nextCursor: null });
  const expected = [
    { userId: bob.user.id, status: 'online' },
    { userId: carl.user.id, status: 'dnd' },
    { userId: dora.user.id, status: 'away' },
  ].toSorted((a, b) => (a.userId < b.userId ? -1 : 1));
  expect(all.members).toEqual(expected);

  const first = await ask(ann(), '?limit=2').expect(200);
  const { hasNextPage, nextCursor } = bodyOf(first).meta;
  const second = await ask(ann(), `?limit=2&cursor=${String(nextCursor)}`).expect(200);
  expect(hasNextPage).toBe(true);
  expect([...dataOf<Presence>(first).members, ...dataOf<Presence>(second).members]).toEqual(expected);
  expect(bodyOf(second).meta).toMatchObject({ hasNextPage: false, nextCursor: null });
});

it('does not count anew for everybody who asks', async () => {
  const before = dataOf<Presence>(await ask(ann()).expect(200)).online;
  await show(ann(), 'online');
  const answers = await Promise.all(accounts.map((account) => ask(account).expect(200)));
  for (const answer of answers) {
    expect(dataOf<Presence>(answer)).toMatchObject({ online: before });
    expect(dataOf<Presence>(answer).members.map(({ userId }) => userId)).toContain(ann().user.id);
  }
});
