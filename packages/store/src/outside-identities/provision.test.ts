import { newUserId, type OutsideProfile } from '@storm/shared/contracts';
import { expect, it } from 'vitest';
import { useStore } from '../../tests/support/test-store.js';
import { isPlaceholder } from './placeholder.js';
import { provisionOutside } from './provision.js';

const store = useStore();
const { users, outsideIdentities } = store;
const issuer = 'https://id.example.org';
let count = 0;

const seen = (subject: string, profile: OutsideProfile = {}, from = issuer) =>
  provisionOutside({ issuer: from, subject, profile }, store);
const userOf = async (...who: Parameters<typeof seen>) => users.byId((await seen(...who))?.userId ?? '');
const local = (username: string, email: string) =>
  users.create({ _id: newUserId(), username, email, passwordHash: 'hash', role: 'admin', isActive: true, createdAt: new Date() });

it('makes a member of whom it sees for the first time, without a password', async () => {
  const user = await userOf('s1', { username: 'anna.k', email: 'Anna@example.org', displayName: 'Anna K' });
  expect(user).toMatchObject({
    username: 'anna_k',
    email: 'Anna@example.org',
    displayName: 'Anna K',
    passwordHash: null,
    role: 'member',
    isActive: true,
    accessVersion: 0,
  });
  expect(await seen('s1')).toEqual({ userId: user?._id, role: 'member', ver: 0 });
});

it('makes one account of twenty first sights at once', async () => {
  const profile = { username: 'many', email: 'many@example.org' };
  const accounts = await Promise.all(Array.from({ length: 20 }, () => seen('s-many', profile)));
  expect(new Set(accounts.map((account) => account?.userId)).size).toBe(1);
  expect(await store.models.users.countDocuments({ emailLower: 'many@example.org' })).toBe(1);
  expect(await store.models.users.countDocuments({ usernameLower: /^many/ })).toBe(1);
});

it('finishes an account that was left half made', async () => {
  const userId = await outsideIdentities.claim({ issuer, subject: 's-half', userId: newUserId() });
  expect(await seen('s-half')).toMatchObject({ userId, role: 'member' });
});

it('takes over no account, by name or address, of this server or another service', async () => {
  const admin = await local('boss', 'boss@example.org');
  const profile = { username: 'Boss', email: 'BOSS@example.org' };
  const others = [
    await userOf('boss', profile),
    await userOf(admin._id, profile),
    await userOf('boss', profile, 'https://other'),
  ];
  for (const other of others) {
    expect(other?._id).not.toBe(admin._id);
    expect(other).toMatchObject({ role: 'member', username: expect.stringMatching(/^Boss_[0-9a-f]{6}$/) as string });
    expect(isPlaceholder(other?.email ?? '')).toBe(true);
  }
  expect(new Set(others.map((other) => other?._id)).size).toBe(3);
  expect(await users.byId(admin._id)).toEqual(admin);
});

it('tells subjects from issuers, however they are cut', async () => {
  const [one, two] = [await seen('b', {}, 'a'), await seen('', {}, 'ab')];
  expect(one?.userId).not.toBe(two?.userId);
});

it('leaves an account as it is after the first sight, and knows what it may by now', async () => {
  const user = await userOf('s-later', { username: 'later', displayName: 'Before' });
  const userId = user?._id ?? '';
  await users.update(userId, { displayName: 'Chosen here' });
  await users.changeAccess(userId, { role: 'moderator' });
  expect(await seen('s-later', { username: 'renamed', displayName: 'After' })).toEqual({ userId, role: 'moderator', ver: 1 });
  expect(await users.byId(userId)).toMatchObject({ username: 'later', displayName: 'Chosen here' });
});

it('knows nobody who is deactivated', async () => {
  const account = await seen('s-gone');
  await users.changeAccess(account?.userId ?? '', { isActive: false });
  expect(await seen('s-gone')).toBeUndefined();
  expect(await store.models.outsideIdentities.countDocuments({ subject: 's-gone' })).toBe(1);
});

it('finds a name for everybody who wishes for the same', async () => {
  const names = new Set<string>();
  for (const _ of Array.from({ length: 8 })) names.add((await userOf(`s-same-${count++}`, { username: 'same' }))?.username ?? '');
  expect(names.size).toBe(8);
});
