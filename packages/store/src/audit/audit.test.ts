import { expect, it } from 'vitest';
import { useStore } from '../../tests/support/test-store.js';
import type { AuditEntry } from './index.js';

const { audit } = useStore();

const entry = (n: number, given: Partial<AuditEntry> = {}): AuditEntry => ({
  _id: n,
  actor: 'ua',
  action: 'login',
  target: null,
  address: '192.0.2.1',
  details: null,
  at: new Date(n),
  kid: 'k1',
  hmac: Buffer.from(`mac ${n}`),
  ...given,
});
const numbers = (entries: readonly AuditEntry[]) => entries.map(({ _id }) => _id);

it('gives back entries as they were, and stores those before the first whose number is taken', async () => {
  expect(await audit.last()).toBeNull();
  const first = [entry(1, { details: { role: 'admin' } }), entry(2, { actor: null, action: 'login-failed' }), entry(3)];
  expect(await audit.append(first)).toEqual({ inserted: 3, conflict: false });
  expect(await audit.range(0, 3)).toEqual(first);
  expect(await audit.append([entry(3), entry(4)])).toEqual({ inserted: 0, conflict: true });
  expect(await audit.last()).toEqual(entry(3));

  await audit.append([entry(5, { action: 'logout' })]);
  expect(await audit.append([entry(4), entry(5), entry(6)])).toEqual({ inserted: 1, conflict: true });
  expect(numbers(await audit.range(1, 900))).toEqual([2, 3, 4, 5]);
  expect((await audit.last(5))?._id).toBe(5);
  expect(await audit.last(6)).toBeNull();
  expect(await audit.range(6, 6)).toEqual([]);
  await expect(audit.range(0, 1_001)).rejects.toThrow(RangeError);
});

it('searches by actor, action and time, the newest first', async () => {
  expect(numbers(await audit.search({ filter: { actor: 'ua' }, limit: 3 }))).toEqual([5, 4, 3]);
  expect(numbers(await audit.search({ filter: { actor: 'ua' }, before: 3, limit: 3 }))).toEqual([1]);
  expect(numbers(await audit.search({ filter: { action: 'login-failed' }, limit: 101 }))).toEqual([2]);
  expect(numbers(await audit.search({ filter: { actor: 'ua', action: 'logout' }, limit: 101 }))).toEqual([5]);
  expect(numbers(await audit.search({ filter: { from: new Date(2), to: new Date(4) }, limit: 101 }))).toEqual([3, 2]);
  expect(numbers(await audit.search({ filter: { actor: 'ua', from: new Date(4) }, limit: 101 }))).toEqual([5, 4]);
  expect(numbers(await audit.search({ before: 3, limit: 101 }))).toEqual([2, 1]);
  await expect(audit.search({ filter: { action: 'login' }, limit: 102 })).rejects.toThrow(RangeError);
});
