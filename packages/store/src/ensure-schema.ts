import type { Meta } from './meta/index.js';
import type { Store } from './open-store.js';

/** Makes what a database needs before its first use: indexes, and `meta` with its epoch. Any service may, at any start. */
export async function ensureSchema(store: Store, { shards }: { shards: number }): Promise<Meta> {
  await store.createIndexes();
  return store.meta.ensure({ shards });
}
