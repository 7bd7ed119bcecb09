import { expect, it } from 'vitest';
import { useStore } from '../../tests/support/test-store.js';
import type { ServiceKey } from './index.js';

const { serviceKeys } = useStore();

async function newKey(id: string, given: Partial<ServiceKey> = {}): Promise<ServiceKey> {
  const key: ServiceKey = {
    _id: id,
    name: 'a program',
    scopes: ['user.read', 'audit.read'],
    secretHash: Buffer.alloc(32, 7),
    createdBy: 'ua',
    createdAt: new Date(1_000),
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    useRecordedAt: null,
    ...given,
  };
  await serviceKeys.create({ ...key });
  return key;
}

it('gives back a key as it was, notes its use and revokes it once', async () => {
  const key = await newKey('ka');
  expect(await serviceKeys.byId('ka')).toEqual(key);
  expect(await serviceKeys.byId('k-unknown')).toBeNull();
  await serviceKeys.touch('ka', { lastUsedAt: new Date(5), useRecordedAt: new Date(5) });
  await serviceKeys.touch('ka', { lastUsedAt: new Date(6) });
  expect(await serviceKeys.revoke('ka', new Date(7))).toBe(true);
  expect(await serviceKeys.revoke('ka', new Date(8))).toBe(false);
  expect(await serviceKeys.byId('ka')).toEqual({
    ...key,
    lastUsedAt: new Date(6),
    useRecordedAt: new Date(5),
    revokedAt: new Date(7),
  });
});

it('lists all keys page by page, the oldest first', async () => {
  await newKey('kc', { createdAt: new Date(2_000) });
  await newKey('kb', { createdAt: new Date(2_000) });
  const ids = async (...page: Parameters<typeof serviceKeys.page>) => (await serviceKeys.page(...page)).map(({ _id }) => _id);
  expect(await ids({ limit: 2 })).toEqual(['ka', 'kb']);
  expect(await ids({ after: { createdAt: new Date(2_000), id: 'kb' }, limit: 2 })).toEqual(['kc']);
  await expect(ids({ limit: 102 })).rejects.toThrow(RangeError);
});
