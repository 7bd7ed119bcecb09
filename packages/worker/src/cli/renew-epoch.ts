import { createLogger } from '@storm/shared/node';
import { openStore } from '@storm/store';
import { readConfig } from '../config.js';

// Gives the database another epoch, after a restore: `node dist/cli/renew-epoch.js`, with a worker's environment, before any
// service runs, as services read it at their start.
const { MONGO_URL: url, MONGO_DATABASE: database, LOG_LEVEL } = readConfig(process.env);
const log = createLogger('renew-epoch', LOG_LEVEL);
const store = openStore({ url, database, appName: 'storm-renew-epoch', onError: (err) => log.warn({ err }, 'mongo is away') });
try {
  await store.connected();
  const meta = await store.meta.renewEpoch();
  process.stdout.write(meta ? `the epoch is ${meta.epoch} now\n` : 'there is no database of Storm here: nothing was changed\n');
  if (!meta) process.exitCode = 1;
} finally {
  await store.close();
}
