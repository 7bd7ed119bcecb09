import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { backoff, checkRedisPolicy, listen, periodically, redisReady, UnsafeRedis, type Service } from '@storm/shared/node';
import { ensureSchema } from '@storm/store';
import { createApp } from './app.js';
import { resealSecrets } from './auth/second-factor/reseal.js';
import type { Context } from './context.js';
import { closeServer } from './http/close-server.js';
import { makeFirstAdmin } from './users/first-admin.js';

/** What of the deadline requests may take to end; the rest is for releasing. */
const shareForRequests = 0.7;

/** In milliseconds. Node.js looks only every 30 s whether one is over, if it is not told otherwise. */
const timeouts = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
};

/** The api as a service. `start` resolves when it listens and Redis is fit; MongoDB is waited for in the background, and readiness tells. */
export function createApi(context: Context): Service & { readonly port: number } {
  const { config, log, ops, closer, intake } = context;
  const server = createServer(timeouts, createApp(context));
  server.maxHeadersCount = 100;
  const stopping = new AbortController();
  let port = 0;

  async function start(): Promise<void> {
    port = await listen(server, { host: config.HOST, port: config.PORT });
    log.info({ port }, 'listening');
    await refuseUnsafeRedis(context, stopping.signal);
    context.replies.start();
    await context.vitals.start();
    closer.add('revocations', catchUpRevocations(context), (stop) => stop());
    setUpDatabase(context, stopping.signal)
      .then(() => renewSeals(context))
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) log.error({ err: error }, 'the database can not be set up');
      });
  }

  /** Unready; take no more; finish what is here; what was taken in goes into the queue; release. */
  async function stop(): Promise<void> {
    stopping.abort();
    ops.drain();
    await closeServer(server, config.SHUTDOWN_DEADLINE_MS * shareForRequests);
    await intake.drained();
    await closer.close();
  }

  let stopped: Promise<void> | undefined;
  return {
    log,
    deadlineMs: config.SHUTDOWN_DEADLINE_MS,
    start,
    stop: () => (stopped ??= stop()),
    get port() {
      return port;
    },
  };
}

/** Redis hears of revocations that it lost, or was not told, within this time, in milliseconds. */
const catchUpEveryMs = 2_000;

const catchUpRevocations = ({ redis, names, log, revoker }: Context) =>
  periodically({
    name: 'bringing revocations to Redis',
    lease: names.revocationsLease,
    everyMs: catchUpEveryMs,
    redis,
    log,
    work: () => revoker.catchUp(),
  });

/** Waits for Redis as long as it takes. Throws `UnsafeRedis` for one that may throw the queue away. */
async function refuseUnsafeRedis({ redis, log }: Context, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    await redisReady(redis);
    try {
      return await checkRedisPolicy(redis, log);
    } catch (error) {
      if (error instanceof UnsafeRedis) throw error;
      await delay(backoff(attempt, { cap: 1_000 }), undefined, { signal });
    }
  }
}

/** Makes indexes, epoch and the first admin unless they are there; waits for MongoDB as long as it takes. */
async function setUpDatabase(context: Context, signal: AbortSignal): Promise<void> {
  const { store, config, schema, revoker, log } = context;
  await store.connected();
  for (let attempt = 0; ; attempt++) {
    try {
      await ensureSchema(store, { shards: config.QUEUE_SHARDS });
      await revoker.catchUp().catch((error: unknown) => log.debug({ err: error }, 'revocations come with the next round'));
      await makeFirstAdmin(context);
      schema.ready = true;
      return;
    } catch (error) {
      log.warn({ err: error }, 'the database is not set up yet');
      await delay(backoff(attempt, { cap: 5_000 }), undefined, { signal });
    }
  }
}

/** Keys are replaced with a restart: what they seal follows at its start. Nothing waits for it, as the older keys open it until then. */
async function renewSeals({ store, config, log }: Context): Promise<void> {
  try {
    const count = await resealSecrets(store.secondFactors, config.TOTP_KEYS);
    if (count > 0) log.info({ count }, 'second factors were sealed under the current key');
  } catch (error) {
    log.warn({ err: error }, 'not all second factors could be sealed under the current key; the next start tries again');
  }
}
