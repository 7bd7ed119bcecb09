import { testMongoUrl, testRedisUrl } from '@storm/devstack/testing';
import { connectRedis, createLogger, redisReady } from '@storm/shared/node';
import { openStore } from '@storm/store';
import type { Config } from '../../src/index.js';

/** Drops the database and deletes the keys of one api, over connections of its own: the api's are closed. */
export async function cleanUp({ MONGO_DATABASE, STORM_NAMESPACE }: Config): Promise<void> {
  const store = openStore({ url: testMongoUrl(), database: MONGO_DATABASE });
  await store.connected();
  await store.connection.dropDatabase();
  await store.close();

  const redis = connectRedis(testRedisUrl(), 'consumer', createLogger('test', 'silent'));
  await redisReady(redis);
  const keys = await redis.keys(`${STORM_NAMESPACE}:*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
}
