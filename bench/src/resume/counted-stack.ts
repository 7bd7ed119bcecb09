import { rmSync } from 'node:fs';
import { startMongo, temporaryDirectory, type Stack, type StackOptions } from '@storm/devstack';
import { join } from 'node:path';
import { countedMongo, type CountedMongo } from '../lib/counted-mongo.js';
import { withStack } from '../lib/with-stack.js';

/** A stack whose worker's reads on MongoDB are counted. */
export async function withCountedStack(
  options: Omit<StackOptions, 'dataDir' | 'unlimited' | 'external' | 'env'>,
  work: (stack: Stack, dataDir: string, mongo: CountedMongo) => Promise<void>,
): Promise<void> {
  const folder = temporaryDirectory();
  const server = await startMongo({ dir: join(folder.path, 'mongo') });
  const counted = await countedMongo(server.url);
  try {
    const env = (service: string): Record<string, string> => {
      if (service === 'worker') return { MONGO_URL: counted.url };
      return service === 'gateway' ? { MAX_LOOP_LAG_MS: '60000' } : {};
    };
    await withStack({ ...options, env, external: { mongo: server.url } }, (stack, dataDir) => work(stack, dataDir, counted));
  } finally {
    counted.stop();
    await server.stop();
    rmSync(folder.path, { recursive: true, force: true });
  }
}
