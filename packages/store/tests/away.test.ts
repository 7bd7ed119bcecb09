import { startProxy, testMongoUrl, uniqueDatabase, eventually, type TcpProxy } from '@storm/devstack/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openStore, StoreUnavailable, type OpenStoreOptions, type Store } from '../src/index.js';
import { message } from './support/rows.js';

const real = new URL(testMongoUrl());
const database = uniqueDatabase();
let proxy: TcpProxy;
const open: Store[] = [];

function openThroughProxy(options: Partial<OpenStoreOptions> = {}): Store {
  const url = new URL(real);
  url.host = `${proxy.host}:${proxy.port}`;
  url.searchParams.set('directConnection', 'true');
  const store = openStore({ url: url.href, database, ...options });
  open.push(store);
  return store;
}

beforeAll(async () => {
  proxy = await startProxy({ target: { host: real.hostname, port: Number(real.port || 27017) } });
});

afterEach(async () => {
  proxy.resume();
  await proxy.accept();
  await Promise.all(open.splice(0).map((store) => store.close()));
});

afterAll(async () => {
  const store = openStore({ url: real.href, database });
  await store.connected();
  await store.connection.dropDatabase();
  await store.close();
  await proxy.stop();
});

/** A query of each kind: natively and by model, read and write, single and bulk. */
const queries = (store: Store): Record<string, () => Promise<unknown>> => ({
  insertRows: () => store.timeline.insertRows([message({ channelId: 'c', seq: Math.floor(Math.random() * 1e9) })]),
  rowsAbove: () => store.timeline.rowsAbove('c', 0, 10),
  countReplies: () => store.timeline.countReplies('c', ['m'], 1),
  advance: () => store.heads.advance([{ channelId: 'c', seq: 1, position: 1 }]),
  reserve: () => store.names.reserve(`n${Math.random()}`, 'c', 'claim'),
  byId: () => store.users.byId('u'),
  create: () =>
    store.users.create({
      _id: `u${Math.random()}`,
      username: 'n',
      email: 'e',
      passwordHash: 'h',
      role: 'member',
      isActive: true,
      createdAt: new Date(),
    }),
  touchLastSeen: () => store.users.touchLastSeen([{ userId: 'u', at: new Date() }]),
  createIndexes: () => store.createIndexes(),
  ping: () => store.ping(1_000),
});

async function expectUnavailable(store: Store, withinMs: number): Promise<void> {
  const results = await Promise.all(
    Object.entries(queries(store)).map(async ([name, query]) => {
      const began = performance.now();
      const error = await query().then(
        () => 'no error',
        (thrown: unknown) => (thrown instanceof StoreUnavailable ? 'StoreUnavailable' : String(thrown)),
      );
      const ms = performance.now() - began;
      return [name, error, ms < withinMs || ms];
    }),
  );
  expect(results).toEqual(Object.keys(queries(store)).map((name) => [name, 'StoreUnavailable', true]));
}

it('refuses every query at once while it has never been connected, and connects when the server comes', async () => {
  await proxy.refuse();
  const errors: unknown[] = [];
  const store = openThroughProxy({ onError: (error) => errors.push(error), serverSelectionTimeoutMs: 200 });
  await expectUnavailable(store, 1_000);
  await eventually(() => errors.length > 1);
  await proxy.accept();
  await store.connected();
  await store.ping(5_000);
});

it('fails within seconds when the server goes away, and works again when it is back', async () => {
  const store = openThroughProxy();
  await store.connected();
  await store.ping(5_000);
  await proxy.refuse();
  await expectUnavailable(store, 4_500);
  await proxy.accept();
  await eventually(() => store.heads.advance([{ channelId: 'c', seq: 2, position: 1 }]).then(() => true));
  expect((await store.heads.read(['c'])).get('c')?.seq).toBe(2);
});

it('fails within seconds when the server hangs with its connections open', async () => {
  const store = openThroughProxy();
  await store.connected();
  await Promise.all(Array.from({ length: 5 }, () => store.heads.read(['c'])));
  proxy.stall();
  await expectUnavailable(store, 9_000);
  proxy.resume();
  await eventually(() => store.ping(1_000).then(() => true));
});

it('throws what was under way when its connection is cut, so that nobody takes it for done', async () => {
  const store = openThroughProxy();
  await store.connected();
  await store.heads.read(['c']);
  proxy.stall();
  const write = store.timeline.insertRows([message({ channelId: 'cut', seq: 1 })]);
  const failed = expect(write).rejects.toThrow(StoreUnavailable);
  await eventually(() => proxy.connections > 0);
  await proxy.refuse();
  await failed;
});

it('closes while it still waits for its first connection, and closes twice', async () => {
  await proxy.refuse();
  const store = openThroughProxy({ serverSelectionTimeoutMs: 200 });
  const connected = expect(store.connected()).rejects.toThrow();
  await store.close();
  await connected;
  await store.close();
  await expectUnavailable(store, 1_000);
});

it('refuses queries after it is closed', async () => {
  const store = openThroughProxy();
  await store.connected();
  await store.close();
  await expectUnavailable(store, 4_500);
});

it.each(['nonsense', 'mongodb://', 'mongodb://host/?nosuchoption=1', 'redis://127.0.0.1'])(
  'throws at once for the URL %s',
  (url) => {
    expect(() => openStore({ url, database })).toThrow();
  },
);
