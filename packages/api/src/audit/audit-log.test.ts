import { testMongoUrl, uniqueDatabase } from '@storm/devstack/testing';
import { newSessionId, newUserId } from '@storm/shared/contracts';
import { generateKey, parseKeyRing, type KeyRing } from '@storm/shared/node';
import { openStore, type AuditEntry, type Store } from '@storm/store';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuditLog } from './audit-log.js';
import { verifyChain } from './verify-chain.js';

const database = uniqueDatabase();
const open = () => openStore({ url: testMongoUrl(), database });
const store = open();
const [old, fresh] = [generateKey('old'), generateKey('new')];
const ring = parseKeyRing(old);
const ann = newUserId();

const collection = () => store.models.audit.collection;
const logOf = ({ audit }: Store, keys: KeyRing = ring) => new AuditLog({ audit, ring: keys });
const verified = (keys = ring) => verifyChain({ audit: store.audit, ring: keys });

beforeAll(async () => {
  await store.connected();
  await store.createIndexes();
});
beforeEach(async () => void (await collection().deleteMany({})));
afterAll(async () => {
  await store.connection.dropDatabase();
  await store.close();
});

it('finds nothing wrong with a log without entries', async () => {
  expect(await verified()).toMatchObject({ intact: true, last: { _id: 0 } });
});

it('stores what happened, numbered from 1', async () => {
  const log = new AuditLog({ audit: store.audit, ring, now: () => 7 });
  const sessionId = newSessionId();
  await log.record({ actor: ann, action: 'login', address: '192.0.2.1', details: { sessionId } });
  await log.record({ actor: null, action: 'login-failed' });
  const [first, second] = await store.audit.range(0, 10);
  expect(first).toMatchObject({
    _id: 1,
    actor: ann,
    action: 'login',
    target: null,
    address: '192.0.2.1',
    details: { sessionId },
  });
  expect(second).toMatchObject({ _id: 2, actor: null, address: null, details: null, at: new Date(7), kid: 'old' });
});

it.each([
  ['another field', { actor: ann, action: 'login', password: 'x' }],
  ['a name for an actor', { actor: 'ann', action: 'login' }],
  ['an action that is none', { actor: ann, action: 'something' }],
  ['details that are none', { actor: ann, action: 'login', details: { token: 'x' } }],
])('refuses an event with %s', async (_what, event) => {
  await expect(logOf(store).record(event as never)).rejects.toThrow();
  expect(await store.audit.last()).toBeNull();
});

it('does not fork when four processes write fifty events each at once, and an earlier one goes on after them', async () => {
  const before = logOf(store);
  await before.record({ actor: ann, action: 'registered' });
  const stores = Array.from({ length: 4 }, open);
  await Promise.all(stores.map((one) => one.connected()));
  const logs = stores.map((one) => logOf(one));
  const events = logs.flatMap((log) => Array.from({ length: 50 }, () => () => log.record({ actor: ann, action: 'login' })));
  await Promise.all(events.map((record) => record()));
  await before.record({ actor: ann, action: 'logout' });
  await Promise.all(stores.map((one) => one.close()));
  expect((await store.audit.range(0, 500)).map(({ _id }) => _id)).toEqual(Array.from({ length: 202 }, (_, i) => i + 1));
  expect(await verified()).toMatchObject({ intact: true, last: { _id: 202 } });
});

it('refuses what comes when too much waits, and keeps what it took', async () => {
  const log = logOf(store);
  const all = await Promise.allSettled(Array.from({ length: 1_050 }, () => log.record({ actor: ann, action: 'login' })));
  const refused = all.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  for (const { reason } of refused as PromiseRejectedResult[]) expect(reason).toMatchObject({ code: 'UNAVAILABLE' });
  expect((await store.audit.last())?._id).toBe(1_050 - refused.length);
  await log.record({ actor: ann, action: 'logout' });
  expect((await verified()).intact).toBe(true);
});

it('still verifies what was made with a key that was retired, as long as the ring has it', async () => {
  await logOf(store, parseKeyRing(old)).record({ actor: ann, action: 'login' });
  await logOf(store, parseKeyRing(`${fresh},${old}`)).record({ actor: ann, action: 'logout' });
  expect((await store.audit.range(0, 2)).map(({ kid }) => kid)).toEqual(['old', 'new']);
  expect((await verified(parseKeyRing(`${fresh},${old}`))).intact).toBe(true);
  expect(await verified(parseKeyRing(fresh))).toMatchObject({ intact: false, broken: 1 });
  expect(await verified(parseKeyRing(generateKey('old')))).toMatchObject({ intact: false, broken: 1 });
});

describe('whoever tampers with the stored log', () => {
  /** Another value of the same type. */
  const others: Omit<AuditEntry, '_id'> = {
    actor: newUserId(),
    action: 'logout',
    target: newUserId(),
    address: '203.0.113.1',
    details: { role: 'member' },
    at: new Date(5),
    kid: 'other',
    hmac: Buffer.alloc(32),
  };

  beforeEach(async () => {
    const log = logOf(store);
    const event = { actor: ann, action: 'role-changed', target: ann, address: '192.0.2.1', details: { role: 'admin' } } as const;
    await Promise.all(Array.from({ length: 5 }, () => log.record(event)));
  });
  it('is found out only where there is something to find', async () => {
    expect(await verified()).toMatchObject({ intact: true, last: { _id: 5 } });
  });

  const change = (n: number, update: object) => collection().updateOne({ _id: n as never }, update);
  const brokenAt = async (n: number) => expect(await verified()).toMatchObject({ intact: false, broken: n });

  it.each(Object.entries(others))('is found to have changed, emptied or removed %s', async (field, value) => {
    await change(3, { $set: { [field]: value } });
    await brokenAt(3);
    await change(2, { $set: { [field]: null } });
    await brokenAt(2);
    await change(1, { $unset: { [field]: '' } });
    await brokenAt(1);
  });

  it('is found to have added a field', async () => {
    await change(4, { $set: { note: 'x' } });
    await brokenAt(4);
  });

  it.each([1, 3, 4])('is found to have removed entry %i', async (n) => {
    await collection().deleteOne({ _id: n as never });
    await brokenAt(n);
  });

  it('is found to have closed the gap after an entry was removed', async () => {
    const last = await store.audit.last();
    await collection().deleteMany({ _id: { $in: [4, 5] as never[] } });
    await collection().insertOne({ ...last, _id: 4 } as never);
    await brokenAt(4);
  });

  it('is found to have put two entries in each other’s place', async () => {
    const [second, third] = await store.audit.range(1, 3);
    await collection().deleteMany({ _id: { $in: [2, 3] as never[] } });
    await collection().insertMany([{ ...third, _id: 2 } as never, { ...second, _id: 3 } as never]);
    await brokenAt(2);
  });

  it.each([
    [6, 6],
    [2.5, 3],
    [9, 6],
    [0.5, 1],
  ])('is found to have inserted an entry numbered %d', async (n, broken) => {
    await collection().insertOne({ ...(await store.audit.last()), _id: n } as never);
    await brokenAt(broken);
  });

  it('is found to have cut off the end by who knows what was there, or by a service that goes on', async () => {
    const log = logOf(store);
    await log.record({ actor: ann, action: 'login' });
    const expected = await store.audit.last();
    if (!expected) throw new Error('there is an entry');
    const check = () => verifyChain({ audit: store.audit, ring, expected });
    expect(await check()).toMatchObject({ intact: true, last: { _id: 6 } });
    await collection().deleteMany({ _id: { $in: [5, 6] as never[] } });
    expect(await check()).toMatchObject({ intact: false, broken: 5 });
    expect(await verified()).toMatchObject({ intact: true, last: { _id: 4 } }); // nothing is left that tells

    await logOf(store).record({ actor: ann, action: 'login' });
    await logOf(store).record({ actor: ann, action: 'logout' });
    expect(await check()).toMatchObject({ intact: false, broken: 6, why: 'is not the one that is expected' });
    await collection().deleteMany({ _id: { $in: [5, 6] as never[] } });
    await log.record({ actor: ann, action: 'logout' });
    await brokenAt(5);
  });
});
