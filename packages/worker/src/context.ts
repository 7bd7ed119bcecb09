import { RedisNames } from '@storm/shared/contracts';
import {
  EventSealer,
  Opener,
  Operations,
  connectRedis,
  createLogger,
  type Check,
  type Logger,
  type Redis,
} from '@storm/shared/node';
import { openStore, type Store } from '@storm/store';
import type { Config } from './config.js';

export interface Context {
  config: Config;
  log: Logger;
  store: Store;
  names: RedisNames;
  /** For queues and everything else that waits through an outage. */
  redis: Redis;
  opener: Opener;
  sealer: EventSealer;
  operations: Operations;
  /** For readiness; `createWorker` adds its own. */
  checks: Record<string, Check>;
}

/** The one place that wires what the worker is made of. Connects in the background. */
export function createContext(config: Config, overrides: Partial<Context> = {}): Context {
  const log = overrides.log ?? createLogger('worker', config.LOG_LEVEL);
  const store =
    overrides.store ??
    openStore({ url: config.MONGO_URL, database: config.MONGO_DATABASE, maxPoolSize: 40, appName: 'storm-worker' });
  const redis = overrides.redis ?? connectRedis(config.REDIS_URL, 'consumer', log);
  const checks: Record<string, Check> = {
    redis: async () => {
      if (redis.status !== 'ready') throw new Error(`the connection is ${redis.status}`);
      await redis.ping(); // a link that hangs looks ready for long
    },
    mongo: () => store.ping(1_000),
  };
  return {
    config,
    log,
    store,
    redis,
    names: new RedisNames(config.STORM_NAMESPACE, config.QUEUE_SHARDS),
    opener: new Opener({ sealKeys: config.SEAL_PRIVATE_KEYS, intakeSecrets: config.INTAKE_SECRETS }),
    sealer: new EventSealer(config.EVENT_SECRETS),
    checks,
    operations: overrides.operations ?? new Operations({ service: 'worker', checks }),
    ...overrides,
  };
}
