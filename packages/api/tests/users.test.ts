import { randomUUID } from 'node:crypto';
import type { User } from '@storm/shared/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bodyOf, dataOf, password, Rig, type Account } from './support/rig.js';

let rig: Rig;
let ann: Account, bob: Account;

beforeAll(async () => {
  rig = await Rig.start({ worker: false });
  [ann, bob] = await Promise.all([rig.register(), rig.register()]);
});
afterAll(() => rig.stop());

const unknown = `u${'A'.repeat(22)}`;

async function admin(): Promise<Account> {
  const { user } = await rig.register();
  await rig.context.store.users.changeAccess(user.id, { role: 'admin' });
  return dataOf<Account>(await rig.call('post', '/auth/login').send({ username: user.username, password }).expect(200));
}

it('shows my address to me and to admins alone', async () => {
  expect(dataOf<User>(await rig.call('get', '/users/me', ann).expect(200)).email).toBe(ann.user.email);
  const seen = dataOf<User>(await rig.call('get', `/users/${ann.user.id}`, bob).expect(200));
  expect(seen).toMatchObject({ id: ann.user.id, username: ann.user.username });
  expect(seen).not.toHaveProperty('email');
  expect(dataOf<User>(await rig.call('get', `/users/${ann.user.id}`, await admin()).expect(200)).email).toBe(ann.user.email);
  await rig.call('get', `/users/${unknown}`, bob).expect(404);
});

it('changes my display name and my username, unless somebody has it', async () => {
  const carl = await rig.register();
  const patch = (body: object) => rig.call('patch', '/users/me', carl).send(body);
  expect(dataOf(await patch({ displayName: 'Carl ✨' }).expect(200))).toMatchObject({
    displayName: 'Carl ✨',
    username: carl.user.username,
  });
  const username = `New_${randomUUID().slice(0, 8)}`;
  expect(dataOf(await patch({ username }).expect(200))).toMatchObject({ username, displayName: 'Carl ✨' });
  expect(bodyOf(await patch({ username: ann.user.username.toUpperCase() }).expect(409)).error.details).toEqual({
    field: 'username',
  });
  await patch({}).expect(400);
  await patch({ role: 'admin' }).expect(400);
});

it('finds the users that ids name, as far as they exist, and refuses more than a hundred', async () => {
  const ids = (list: string[]) => rig.call('get', `/users?ids=${list.join(',')}`, ann);
  const found = dataOf<User[]>(await ids([ann.user.id, bob.user.id, unknown, bob.user.id]).expect(200));
  expect(found.map(({ id }) => id).toSorted()).toEqual([ann.user.id, bob.user.id].toSorted());
  expect(found.find(({ id }) => id === bob.user.id)).not.toHaveProperty('email');
  await ids(Array.from({ length: 100 }, () => unknown)).expect(200);
  await ids(Array.from({ length: 101 }, () => unknown)).expect(400);
});

it('lists everybody page by page, for admins alone', async () => {
  await rig.call('get', '/users', ann).expect(403);
  const root = await admin();
  const seen = (await rig.pages<User>('/users?limit=2', root)).flat().map(({ id }) => id);
  expect(seen).toEqual(expect.arrayContaining([ann.user.id, bob.user.id, root.user.id]));
  expect(new Set(seen).size).toBe(seen.length);
});

it('searches by how a username begins, among active users', async () => {
  const prefix = `S${randomUUID().slice(0, 6)}`;
  const [first, , gone] = [
    await rig.register(`${prefix}_a`),
    await rig.register(`x${prefix}`),
    await rig.register(`${prefix}_b`),
  ];
  await rig.context.store.users.changeAccess(gone.user.id, { isActive: false });
  const search = (q: string) => rig.call('get', `/users/search?q=${q}`, ann);
  expect(dataOf<User[]>(await search(prefix.toLowerCase()).expect(200)).map(({ id }) => id)).toEqual([first.user.id]);
  await search('').expect(400);
  await search('.%2A').expect(400);
});
