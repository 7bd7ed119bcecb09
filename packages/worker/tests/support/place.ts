import { RedisNames } from '@storm/shared/contracts';
import { connectRedis, createLogger, generateKey, parseKeyRing, redisReady, type KeyRing } from '@storm/shared/node';
import { testMongoUrl, testRedisUrl, uniqueDatabase, uniqueNamespace } from '@storm/devstack/testing';
import { ensureSchema, openStore, type Store } from '@storm/store';

export const silent = createLogger('test', process.env['STORM_TEST_LOG'] ?? 'silent');

export const aRing = (...kids: string[]): KeyRing => parseKeyRing(kids.map((kid) => generateKey(kid)).join(','));

/** A Redis key space of its own; `leave` empties it. */
export async function aRedis(shards = 1) {
  const redis = connectRedis(testRedisUrl(), 'producer', silent);
  await redisReady(redis);
  const names = new RedisNames(uniqueNamespace(), shards);
  return {
    redis,
    names,
    async leave() {
      const keys = await redis.keys(`${names.namespace}:*`);
      if (keys.length > 0) await redis.del(...keys);
      redis.disconnect();
    },
  };
}

/** A database of its own, with its indexes; `leave` drops it. */
export async function aStore(): Promise<{ store: Store; leave: () => Promise<void> }> {
  const store = openStore({ url: testMongoUrl(), database: uniqueDatabase() });
  await store.connected();
  await ensureSchema(store, { shards: 1 });
  return {
    store,
    async leave() {
      await store.connection.dropDatabase();
      await store.close();
    },
  };
}
