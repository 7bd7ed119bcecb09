import { join } from 'node:path';
import { MongoCounter, startMongo, temporaryDirectory, type Stack, type StackOptions } from '@storm/devstack';
import { withStack } from '../lib/with-stack.js';

/** A stack whose worker's reads on MongoDB are counted. */
export async function withCountedStack(
  options: Omit<StackOptions, 'dataDir' | 'unlimited' | 'external' | 'env'>,
  work: (stack: Stack, dataDir: string, mongo: MongoCounter) => Promise<void>,
): Promise<void> {
  const folder = temporaryDirectory();
  const server = await startMongo({ dir: join(folder.path, 'mongo') });
  const counted = await MongoCounter.start(server.url);
  try {
    const env = (service: string): Record<string, string> => {
      if (service === 'worker') return { MONGO_URL: counted.url };
      return service === 'gateway' ? { MAX_LOOP_LAG_MS: '60000' } : {};
    };
    await withStack({ ...options, env, external: { mongo: server.url } }, (stack, dataDir) => work(stack, dataDir, counted));
  } finally {
    await counted.stop();
    await server.stop();
    folder.remove();
  }
}
