import { testMongoUrl, uniqueDatabase } from '@storm/devstack/testing';
import { afterAll, afterEach, expect, it } from 'vitest';
import { ensureSchema, openStore, type Store } from '../src/index.js';

const database = uniqueDatabase();
const open: Store[] = [];

async function openOne(): Promise<Store> {
  const store = openStore({ url: testMongoUrl(), database, appName: 'test' });
  open.push(store);
  await store.connected();
  return store;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((store) => store.close()));
});

afterAll(async () => {
  const store = await openOne();
  await store.connection.dropDatabase();
  await store.close();
});

/** What `docs` say is there, beside `_id`; `meta` has no other. */
const documented = {
  users: ['access_changed', 'active_created', 'email!', 'role', 'username!'],
  sessions: ['expires', 'revoked', 'user'],
  secondfactors: ['kid'],
  servicekeys: ['created'],
  audit: ['action', 'actor', 'at'],
  names: ['channel'],
  channels: ['type_archived_created'],
  memberships: ['channel_user!', 'user_channel'],
  timeline: [
    'channel_id!',
    'channel_mentions_position',
    'channel_position!',
    'channel_sender_change!',
    'channel_seq!',
    'channel_target',
    'channel_thread_position',
  ],
  reactions: ['channel_position_user_emoji!'],
  heads: ['updated'],
  channelkeys: ['channel_version!', 'master'],
  deadletters: ['channel_sender_change', 'failed'],
  notifications: ['expires', 'user_created', 'user_key!'],
};

it('is made once by services that start at the same time, and found by those that start later', async () => {
  const stores = await Promise.all([openOne(), openOne(), openOne(), openOne()]);
  const [first] = stores;
  expect(await first?.meta.read()).toBeNull();
  const metas = await Promise.all(stores.map((store, i) => ensureSchema(store, { shards: 16 + i })));
  expect(new Set(metas.map((meta) => JSON.stringify(meta))).size).toBe(1);
  expect(metas[0]?.epoch).toMatch(/^[\w-]{16}$/);
  expect(await ensureSchema(await openOne(), { shards: 4 })).toEqual(metas[0]);
  expect(await first?.meta.read()).toEqual(metas[0]);
  const renewed = await first?.meta.renewEpoch();
  expect(renewed).toEqual({ ...metas[0], epoch: expect.stringMatching(/^[\w-]{16}$/) as string });
  expect(renewed?.epoch).not.toBe(metas[0]?.epoch);
  expect(await first?.meta.read()).toEqual(renewed);

  for (const [collection, wanted] of Object.entries(documented)) {
    const indexes = await first?.connection.collection(collection).indexes();
    const names = indexes?.map(({ name, unique }) => `${name}${unique ? '!' : ''}`).filter((name) => !name.startsWith('_id_'));
    expect(names?.sort(), collection).toEqual(wanted);
  }
});

it('lets go of what has served its time', async () => {
  const store = await openOne();
  await store.createIndexes();
  const expiry = async (collection: string, index: string) =>
    (await store.connection.collection(collection).indexes()).find(({ name }) => name === index)?.[
      'expireAfterSeconds'
    ] as unknown;
  expect(await expiry('sessions', 'expires')).toBe(0);
  expect(await expiry('deadletters', 'failed')).toBe(30 * 24 * 60 * 60);
  expect(await expiry('notifications', 'expires')).toBe(90 * 24 * 60 * 60);
});

it('says so when an index is there under the same name and differs', async () => {
  const store = await openOne();
  await store.connection.collection('heads').dropIndex('updated');
  await store.connection.collection('heads').createIndex({ seq: 1 }, { name: 'updated' });
  await expect(store.createIndexes()).rejects.toMatchObject({ name: 'StoreFailure' });
});
