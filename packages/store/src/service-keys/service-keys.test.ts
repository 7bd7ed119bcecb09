import { expect, it } from 'vitest';
import { useStore } from '../../tests/support/test-store.js';
import type { ServiceKey } from './index.js';

const { serviceKeys } = useStore();

async function newKey(id: string, given: Partial<ServiceKey> = {}): Promise<ServiceKey> {
  const key: ServiceKey = {
    _id: id,
    name: 'a program',
    scopes: ['users:read', 'act-as'],
    actsFor: ['ub'],
    secretHash: Buffer.alloc(32, 7),
    createdBy: 'ua',
    createdAt: new Date(1_000),
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    ...given,
  };
  await serviceKeys.create({ ...key });
  return key;
}

it('gives back a key as it was, notes its use once a minute and revokes it once', async () => {
  const key = await newKey('ka');
  expect(await serviceKeys.byId('ka')).toEqual(key);
  expect(await serviceKeys.byId('k-unknown')).toBeNull();
  for (const at of [5, 60_004]) await serviceKeys.touch('ka', new Date(at));
  expect((await serviceKeys.byId('ka'))?.lastUsedAt).toEqual(new Date(5));
  await serviceKeys.touch('ka', new Date(60_005));
  expect(await serviceKeys.revoke('ka', new Date(7))).toBe(true);
  expect(await serviceKeys.revoke('ka', new Date(8))).toBe(false);
  expect(await serviceKeys.byId('ka')).toEqual({
    ...key,
    lastUsedAt: new Date(60_005),
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
