import type { Member } from '@storm/shared/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bodyOf, dataOf, Rig, type Account } from './support/rig.js';

let rig: Rig;
let ann: Account, bob: Account, eve: Account;

beforeAll(async () => {
  rig = await Rig.start();
  [ann, bob, eve] = await Promise.all([rig.register(), rig.register(), rig.register()]);
});
afterAll(() => rig.stop());

const members = (channelId: string) => `/channels/${channelId}/members`;
const add = (by: Account, channelId: string, body: object) => rig.call('post', members(channelId), by).send(body);

it('adds a member, who may then read and write', async () => {
  const { id } = await rig.channel(ann, { type: 'private' });
  expect(dataOf(await add(ann, id, { userId: bob.user.id }).expect(201))).toMatchObject({ userId: bob.user.id, role: 'member' });
  expect(dataOf(await add(ann, id, { userId: bob.user.id }).expect(200))).toMatchObject({ status: 'duplicate', role: 'member' });
  await rig.say(bob, id, 'here I am');
  await add(bob, id, { userId: eve.user.id }).expect(403);
  await add(eve, id, { userId: eve.user.id }).expect(404);
  await add(ann, id, { userId: `u${'A'.repeat(22)}` }).expect(404);
});

it('lists members for members alone, page by page', async () => {
  const { id } = await rig.channel(ann);
  await add(ann, id, { userId: bob.user.id, role: 'moderator' }).expect(201);
  const first = await rig.call('get', `${members(id)}?limit=1`, bob).expect(200);
  expect(bodyOf(first).meta.hasNextPage).toBe(true);
  const second = await rig.call('get', `${members(id)}?limit=1&cursor=${bodyOf(first).meta.nextCursor}`, bob).expect(200);
  expect(bodyOf(second).meta).toMatchObject({ hasNextPage: false, nextCursor: null });
  const roles = [...dataOf<Member[]>(first), ...dataOf<Member[]>(second)].map(({ userId, role }) => [userId, role]);
  expect(Object.fromEntries(roles)).toEqual({ [ann.user.id]: 'owner', [bob.user.id]: 'moderator' });
  await rig.call('get', members(id), eve).expect(404);
});

it('changes roles for owners alone', async () => {
  const { id } = await rig.channel(ann);
  await add(ann, id, { userId: bob.user.id }).expect(201);
  const setRole = (by: Account, of: Account, role: string) =>
    rig.call('patch', `${members(id)}/${of.user.id}`, by).send({ role });
  expect(dataOf(await setRole(ann, bob, 'moderator').expect(200))).toMatchObject({ userId: bob.user.id, role: 'moderator' });
  expect(dataOf(await setRole(ann, bob, 'moderator').expect(200))).toMatchObject({ status: 'duplicate' });
  await setRole(bob, ann, 'member').expect(403);
  await setRole(ann, eve, 'member').expect(404);
});

it('removes a member, whose sends are then refused', async () => {
  const { id } = await rig.channel(ann);
  await add(ann, id, { userId: bob.user.id }).expect(201);
  await rig.say(bob, id, 'still here');
  const remove = (by: Account, of: Account) => rig.call('delete', `${members(id)}/${of.user.id}`, by);
  await remove(bob, ann).expect(403);
  expect(dataOf(await remove(ann, bob).expect(200))).toMatchObject({ channelId: id, status: 'persisted' });
  await remove(ann, bob).expect(404);
  const body = { messageId: crypto.randomUUID(), text: 'x', clientTs: 0 };
  await rig.call('post', `/channels/${id}/messages`, bob).send(body).expect(404);
});

it('lets admins see the members of any channel', async () => {
  const { id } = await rig.channel(ann, { type: 'private' });
  const root = await rig.register();
  await rig.context.store.users.changeAccess(root.user.id, { role: 'admin' });
  const { refreshToken } = root;
  const { accessToken } = dataOf<Account>(await rig.call('post', '/auth/refresh').send({ refreshToken }).expect(200));
  await rig.call('get', members(id), { accessToken }).expect(200);
});
