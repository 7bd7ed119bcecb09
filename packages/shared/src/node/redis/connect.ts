import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from '../log/logger.js';

export type { Redis } from 'ioredis';

/**
 * What a connection is for decides how it meets an outage:
 * - `producer`: fails at once, so that a dead Redis is a 503 in under a second, not a hang
 * - `consumer`: waits without end (BullMQ workers ask for it)
 * - `subscriber`: comes back by itself; its owner hears `ready` and heals what it missed
 */
export type RedisRole = 'producer' | 'consumer' | 'subscriber';

/**
 * `socketTimeout`: a link on which an answer is overdue for so long is dead, whatever TCP says (it may take a quarter of an
 * hour to), and a new one is opened. Of a consumer's it is longer than BullMQ blocks, which is 10 s at most.
 */
const byRole = {
  producer: {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 700,
    autoResendUnfulfilledCommands: false,
    socketTimeout: 2_000,
  },
  consumer: { maxRetriesPerRequest: null, socketTimeout: 20_000 },
  subscriber: { maxRetriesPerRequest: null, autoResubscribe: false, socketTimeout: 2_000 },
} satisfies Record<RedisRole, RedisOptions>;

/** A subscriber says nothing by itself: without this it would wait for events on a dead link for ever. */
const subscriberPingMs = 2_000;

/** Opens a connection in the background: it need not be there yet. Errors are logged, one line for each outage. */
export function connectRedis(url: string, role: RedisRole, log: Logger): Redis {
  const redis = new Redis(url, {
    ...byRole[role],
    connectTimeout: 2_000,
    maxLoadingRetryTime: 200,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 5), 1_000) * (0.5 + Math.random() / 2),
  });
  redis.setMaxListeners(0); // one connection serves the queues of all shards, and each listens
  let down = false;
  redis.on('error', (error: Error) => {
    if (!down) log.warn({ err: error, role }, 'redis is away');
    down = true;
  });
  redis.on('ready', () => {
    if (down) log.info({ role }, 'redis is back');
    down = false;
  });
  if (role === 'subscriber') keepAsking(redis);
  return redis;
}

function keepAsking(redis: Redis): void {
  const timer = setInterval(() => {
    if (redis.status === 'ready') redis.ping().catch(() => undefined);
  }, subscriberPingMs).unref();
  redis.on('end', () => clearInterval(timer));
}

/** Resolves once the connection can be used. */
export function redisReady(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return Promise.resolve();
  return new Promise((resolve) => redis.once('ready', () => resolve()));
}
