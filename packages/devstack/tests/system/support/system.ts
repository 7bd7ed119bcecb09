import { join } from 'node:path';
import { Redis } from 'ioredis';
import { mongo } from 'mongoose';
import { Rest } from '../../../src/clients/rest.js';
import { temporaryDirectory } from '../../../src/process/temporary-directory.js';
import { startStack, type Stack, type StackOptions } from '../../../src/stack/index.js';
import { testMongoUrl, testRedisUrl, uniqueDatabase, uniqueNamespace } from '../../../src/testing/index.js';

export interface SystemOptions extends Pick<StackOptions, 'apis' | 'gateways' | 'workers' | 'tokens' | 'env'> {
  /** Default: the Redis that tests share. */
  redisUrl?: string;
}

/** All services as processes of their own, on a database and a name space that nobody else has. */
export interface System {
  readonly stack: Stack;
  readonly redisUrl: string;
  readonly mongoUrl: string;
  readonly namespace: string;
  readonly database: string;
  /** The n-th api, from 0, without a user. */
  api(index?: number): Rest;
  /** The WebSocket URL of the n-th gateway, from 0. */
  gateway(index: number): string;
  /** Ends all of it and removes what it left in Redis, in MongoDB and on disk. */
  stop(): Promise<void>;
}

/** Hashes that are as cheap as can be: these tests register many users, and prove nothing about passwords. */
const cheapPasswords = { ARGON2_MEMORY_KIB: '8', ARGON2_PASSES: '1' };

/** Without rate limits. Throws when a part does not start, leaving nothing behind. */
export async function startSystem({ redisUrl = testRedisUrl(), env, ...counts }: SystemOptions = {}): Promise<System> {
  const mongoUrl = testMongoUrl();
  const [namespace, database] = [uniqueNamespace(), uniqueDatabase()];
  const directory = temporaryDirectory();

  const cleanUp = async () => {
    await removeKeys(redisUrl, namespace);
    await dropDatabase(mongoUrl, database);
    directory.remove();
  };
  const stack = await startStack({
    ...counts,
    dataDir: join(directory.path, 'data'),
    unlimited: true,
    external: { redis: redisUrl, mongo: mongoUrl },
    env: (service, index) => ({
      STORM_NAMESPACE: namespace,
      MONGO_DATABASE: database,
      ...cheapPasswords,
      ...env?.(service, index),
    }),
  }).catch(async (error: unknown) => {
    await cleanUp();
    throw error;
  });

  return {
    stack,
    redisUrl,
    mongoUrl,
    namespace,
    database,
    api: (index = 0) => new Rest({ baseUrl: stack.description.api[index] ?? '', timeoutMs: 30_000 }),
    gateway: (index) => stack.description.gateways[index] ?? '',
    async stop() {
      await stack.stop();
      await cleanUp();
    },
  };
}

async function removeKeys(url: string, namespace: string): Promise<void> {
  const redis = new Redis(url);
  try {
    for await (const keys of redis.scanStream({ match: `${namespace}:*`, count: 1_000 }) as AsyncIterable<string[]>) {
      if (keys.length > 0) await redis.unlink(...keys);
    }
  } finally {
    redis.disconnect();
  }
}

async function dropDatabase(url: string, database: string): Promise<void> {
  const client = await new mongo.MongoClient(url).connect();
  try {
    await client.db(database).dropDatabase();
  } finally {
    await client.close();
  }
}
