import { createLogger } from '@storm/shared/node';
import { openStore } from '@storm/store';
import { readConfig } from '../config.js';
import { rewrapKeys } from '../crypto/rewrap.js';

// Wraps all data keys under the first master key of the ring: `node dist/cli/rewrap-keys.js`, with a worker's environment.
const { MONGO_URL: url, MONGO_DATABASE: database, MASTER_KEYS, LOG_LEVEL } = readConfig(process.env);
const log = createLogger('rewrap-keys', LOG_LEVEL);
const store = openStore({ url, database, appName: 'storm-rewrap', onError: (err) => log.warn({ err }, 'mongo is away') });
try {
  await store.connected();
  const count = await rewrapKeys(store, MASTER_KEYS);
  const { kid } = MASTER_KEYS.current;
  process.stdout.write(`${count} data keys are wrapped under ${kid} now; none is left under the other keys of the ring\n`);
} finally {
  await store.close();
}
