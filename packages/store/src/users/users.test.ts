import { expect, it } from 'vitest';
import { useStore } from '../../tests/support/test-store.js';
import { DuplicateKey } from '../errors/index.js';
import { type NewUser, type User, UserTaken } from './index.js';

const { users } = useStore();
let count = 0;

const newUser = (given: Partial<NewUser> = {}): NewUser => {
  const n = ++count;
  return {
    _id: `u${n}`,
    username: `User${n}`,
    email: `User${n}@Example.org`,
    passwordHash: 'hash',
    role: 'member',
    isActive: true,
    createdAt: new Date(n),
    ...given,
  };
};

it('keeps a user and finds it by id, name and address, in any case of letters', async () => {
  const user = await users.create(newUser({ username: 'Anna', email: 'Anna@Example.org' }));
  expect(user).toMatchObject({
    username: 'Anna',
    usernameLower: 'anna',
    emailLower: 'anna@example.org',
    displayName: null,
    lastSeenAt: null,
  });
  expect(await users.byId(user._id)).toEqual(user);
  expect(await users.byLogin({ username: 'aNNA' })).toEqual(user);
  expect(await users.byLogin({ email: 'ANNA@example.ORG' })).toEqual(user);
  expect(await users.byLogin({ username: 'anna@example.org' })).toBeNull();
  expect(await users.byIds([user._id, 'u-unknown'])).toEqual([user]);
  expect(await users.byUsernamesLower(['anna', 'nobody'])).toEqual([user]);
  expect(await users.byId('u-unknown')).toBeNull();
});

it('says what of a new user is taken', async () => {
  await users.create(newUser({ username: 'Taken', email: 'taken@x.org' }));
  const byName = users.create(newUser({ username: 'tAKEN' }));
  await expect(byName).rejects.toMatchObject({ name: 'UserTaken', field: 'username' });
  const byEmail = users.create(newUser({ email: 'TAKEN@x.org' }));
  await expect(byEmail).rejects.toMatchObject({ name: 'UserTaken', field: 'email' });
  await expect(byEmail).rejects.toBeInstanceOf(DuplicateKey);
});

it('gives a name to one of many who register at once', async () => {
  const results = await Promise.allSettled(Array.from({ length: 6 }, () => users.create(newUser({ username: 'Race' }))));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(UserTaken);
});

it('changes what is given and nothing else', async () => {
  const user = await users.create(newUser());
  expect(await users.update(user._id, { username: 'Renamed', displayName: 'R' })).toEqual({
    ...user,
    username: 'Renamed',
    usernameLower: 'renamed',
    displayName: 'R',
  });
  expect(await users.changeAccess(user._id, { isActive: false, role: 'admin' })).toMatchObject({
    accessVersion: 1,
    username: 'Renamed',
    isActive: false,
    role: 'admin',
  });
  expect(await users.update('u-unknown', { displayName: 'R' })).toBeNull();
  const other = await users.create(newUser());
  await expect(users.update(other._id, { username: 'RENAMED' })).rejects.toMatchObject({ field: 'username' });
});

it('replaces a password only where it is the one that was looked at', async () => {
  const { _id } = await users.create(newUser({ passwordHash: 'old' }));
  const [first, second] = await Promise.all(['a', 'b'].map((to) => users.replacePassword(_id, { from: 'old', to })));
  expect([first, second].filter(Boolean)).toHaveLength(1);
  expect((await users.byId(_id))?.passwordHash).toBe(first ? 'a' : 'b');
  expect(await users.replacePassword('u-unknown', { from: 'old', to: 'c' })).toBe(false);
});

it('knows whether there is an active admin beside one', async () => {
  const others = (await users.page({ limit: 100 })).filter(({ role }) => role === 'admin');
  for (const { _id } of others) await users.changeAccess(_id, { role: 'member' });
  const admin = (given: Partial<NewUser> = {}) => users.create(newUser({ role: 'admin', ...given }));
  expect(await users.hasAdmin()).toBe(false);
  await admin({ isActive: false });
  expect(await users.hasAdmin()).toBe(false);
  const [one, two] = [await admin(), await admin()];
  expect(await users.hasAdmin({ except: one._id })).toBe(true);
  await users.changeAccess(two._id, { role: 'member' });
  expect([await users.hasAdmin(), await users.hasAdmin({ except: one._id })]).toEqual([true, false]);
});

it('refuses a filter or field that nobody meant', async () => {
  const injected = { $ne: null } as unknown as string;
  await expect(users.byId(injected)).rejects.toThrow();
  await expect(users.create(newUser({ ...({ isRoot: true } as object) }))).rejects.toThrow('isRoot');
});

it('moves last-seen times forward only', async () => {
  const user = await users.create(newUser());
  for (const ms of [5, 9, 7]) await users.touchLastSeen([{ userId: user._id, at: new Date(ms) }]);
  expect((await users.byId(user._id))?.lastSeenAt).toEqual(new Date(9));
  await users.touchLastSeen([]);
});

it('finds active users by the beginning of their names', async () => {
  for (const username of ['prefix_b', 'Prefix_a', 'prefiy']) await users.create(newUser({ username }));
  await users.create(newUser({ username: 'prefix_c', isActive: false }));
  expect((await users.search('PREFIX', 10)).map(({ username }) => username)).toEqual(['Prefix_a', 'prefix_b']);
  expect(await users.search('prefi', 2)).toHaveLength(2);
  expect(await users.search('.*', 10)).toEqual([]);
});

it('pages through users by the time they came, also with equal times', async () => {
  const made: User[] = [];
  const createdAt = (i: number) => new Date(Date.UTC(2100, 0, 1) + Math.floor(i / 4));
  for (let i = 0; i < 11; i++) made.push(await users.create(newUser({ createdAt: createdAt(i) })));
  const seen: User[] = [];
  let after = { createdAt: new Date(Date.UTC(2099, 0, 1)), id: '' };
  for (;;) {
    const page = await users.page({ after, limit: 3 });
    const last = page.at(-1);
    if (!last) break;
    seen.push(...page);
    after = { createdAt: last.createdAt, id: last._id };
  }
  expect(seen.map(({ _id }) => _id).sort()).toEqual(made.map(({ _id }) => _id).sort());
  expect(await users.page({ isActive: true, limit: 2 })).toHaveLength(2);
});
