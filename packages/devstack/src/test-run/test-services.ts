import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMongo } from '../mongo/start.js';
import type { Say } from '../process/say.js';
import { startRedis } from '../redis/start.js';

export interface TestServices {
  /** What tests read; see `testing/env.ts`. */
  env: { STORM_TEST_REDIS_URL: string; STORM_TEST_MONGO_URL: string };
  stop(): Promise<void>;
}

/** Starts the Redis and the MongoDB that test files share, unless the environment names them; their data go with them. */
export async function startTestServices(say: Say, env: NodeJS.ProcessEnv = process.env): Promise<TestServices> {
  const data = mkdtempSync(join(tmpdir(), 'storm-test-'));
  const cleanUp: (() => unknown)[] = [() => rmSync(data, { recursive: true, force: true })];
  const stop = async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  };
  const use = (server: { url: string; stop: () => Promise<void> }) => {
    cleanUp.push(() => server.stop());
    return server.url;
  };
  try {
    const redis = env['STORM_TEST_REDIS_URL'] ?? use(await startRedis({ dir: join(data, 'redis'), maxmemory: '2gb', say }));
    const mongo = env['STORM_TEST_MONGO_URL'] ?? use(await startMongo({ dir: join(data, 'mongo'), durable: false, say }));
    return { env: { STORM_TEST_REDIS_URL: redis, STORM_TEST_MONGO_URL: mongo }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
