import { testMongoUrl, uniqueDatabase } from '@storm/devstack/testing';
import { afterAll, beforeAll } from 'vitest';
import { openStore, type OpenStoreOptions, type Store } from '../../src/index.js';

/** A store on a database of its own, with its indexes, for the tests of one file; dropped after them. */
export function useStore(options: Partial<OpenStoreOptions> = {}): Store {
  const store = openStore({ url: testMongoUrl(), database: uniqueDatabase(), ...options });
  beforeAll(async () => {
    await store.connected();
    await store.createIndexes();
  });
  afterAll(async () => {
    await store.connection.dropDatabase();
    await store.close();
  });
  return store;
}
