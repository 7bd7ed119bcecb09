import { randomBytes } from 'node:crypto';
import type { Logger } from '../log/logger.js';
import type { Redis } from '../redis/connect.js';

interface Options {
  name: string;
  /** Whoever gets it does the work this time; the others skip it. */
  lease: string;
  everyMs: number;
  redis: Redis;
  log: Logger;
  work: () => Promise<void>;
}

/** Work that one of all processes does every so often. A round that fails is logged; the next one comes. Returns how to end it. */
export function periodically({ name, lease, everyMs, redis, log, work }: Options): () => Promise<void> {
  const me = randomBytes(8).toString('hex');
  let round: Promise<void> = Promise.resolve();
  let busy = false;
  const once = async () => {
    busy = true;
    try {
      const mine = await redis.set(lease, me, 'PX', Math.max(50, Math.floor(everyMs * 0.9)), 'NX');
      if (mine) await work();
    } catch (error) {
      log.debug({ err: error }, `${name} failed`);
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => {
    if (!busy) round = once();
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await round;
  };
}
