import { expect, it } from 'vitest';
import { useStore } from '../../tests/support/test-store.js';
import type { Session } from './index.js';

const { sessions } = useStore();
let count = 0;
const now = new Date();
const later = new Date(now.getTime() + 3_600_000);

async function newSession(given: Partial<Session> = {}): Promise<Session> {
  const session: Session = {
    _id: `s${++count}`,
    userId: 'ua',
    generation: 1,
    tokenHash: 'first',
    device: 'a browser',
    address: '192.0.2.1',
    createdAt: now,
    lastUsedAt: now,
    expiresAt: later,
    revokedAt: null,
    ...given,
  };
  await sessions.create(session);
  return session;
}
const rotation = (sessionId: string, nextHash = 'second') => ({
  sessionId,
  fromGeneration: 1,
  currentHash: 'first',
  nextHash,
  at: now,
  expiresAt: later,
});

it('gives back a session as it was', async () => {
  const session = await newSession();
  expect(await sessions.byId(session._id)).toEqual(session);
  expect(await sessions.byId('s-unknown')).toBeNull();
});

it('lets one of many rotations of the same token succeed', async () => {
  const { _id } = await newSession();
  const done = await Promise.all(['a', 'b', 'c', 'd'].map((hash) => sessions.rotate(rotation(_id, hash))));
  expect(done.filter(Boolean)).toHaveLength(1);
  const winner = ['a', 'b', 'c', 'd'][done.indexOf(true)];
  expect(await sessions.byId(_id)).toMatchObject({ generation: 2, tokenHash: winner });
});

it.each([
  ['of another generation', {}, { fromGeneration: 2 }],
  ['of another token', {}, { currentHash: 'stolen' }],
  ['when revoked', { revokedAt: now }, {}],
  ['when expired', { expiresAt: new Date(now.getTime() + 1_000) }, { at: later }],
])('does not rotate %s', async (_why, session, change) => {
  const before = await newSession(session);
  expect(await sessions.rotate({ ...rotation(before._id), ...change })).toBe(false);
  expect(await sessions.byId(before._id)).toEqual(before);
});

it('revokes once, and keeps the first time', async () => {
  const { _id } = await newSession();
  expect(await sessions.revoke(_id, new Date(5))).toBe(true);
  expect(await sessions.revoke(_id, new Date(6))).toBe(false);
  expect((await sessions.byId(_id))?.revokedAt).toEqual(new Date(5));
});

it('lists the sessions of a user that hold, and revokes all but one', async () => {
  const [one, two, three] = [
    await newSession({ userId: 'ub' }),
    await newSession({ userId: 'ub' }),
    await newSession({ userId: 'ub' }),
  ];
  const other = await newSession({ userId: 'uc' });
  await newSession({ userId: 'ub', revokedAt: now });
  const ids = async () => (await sessions.listOf('ub')).map(({ _id }) => _id).sort();
  expect(await ids()).toEqual([one._id, two._id, three._id].sort());
  expect(await sessions.listOf('ub', later)).toEqual([]);
  await sessions.revokeAllOf('ub', { except: two._id });
  expect(await ids()).toEqual([two._id]);
  await sessions.revokeAllOf('ub');
  expect(await ids()).toEqual([]);
  expect(await sessions.byId(other._id)).toEqual(other);
});

it('names what it revoked and, where asked, what had been before', async () => {
  const given = { userId: 'uf' };
  const [open, kept] = [await newSession(given), await newSession(given)];
  const lately = await newSession({ ...given, revokedAt: new Date(now.getTime() - 1_000) });
  const before = await newSession({ ...given, revokedAt: new Date(now.getTime() - 2_000) });
  const since = lately.revokedAt ?? now;
  const revoke = (more: { since?: Date }) => sessions.revokeAllOf('uf', { except: kept._id, at: now, ...more });
  expect(await revoke({})).toEqual([open._id]);
  expect(await revoke({})).toEqual([]);
  expect((await revoke({ since })).sort()).toEqual([open._id, lately._id].sort());
  expect([await sessions.byId(lately._id), await sessions.byId(before._id)]).toEqual([lately, before]);
});

it('names those of a user that were used longest ago, beyond as many as are kept', async () => {
  const used = (seconds: number, given: Partial<Session> = {}) =>
    newSession({ userId: 'ud', lastUsedAt: new Date(seconds * 1_000), ...given });
  const [second, , oldest] = [await used(2), await used(3), await used(1)];
  await used(0, { revokedAt: now });
  await used(0, { expiresAt: now });
  await used(0, { userId: 'ue' });
  expect((await sessions.beyond('ud', 1, now)).map(({ _id }) => _id)).toEqual([second._id, oldest._id]);
  expect(await sessions.beyond('ud', 3, now)).toEqual([]);
});
