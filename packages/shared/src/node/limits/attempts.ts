import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { StormError, unavailable } from '../errors/storm-error.js';
import type { Redis } from '../redis/connect.js';

interface Options {
  redis: Redis;
  /** What its keys begin with. */
  prefix: string;
  /** How many tries may be wrong within the time. */
  points: number;
  seconds: number;
}

/**
 * Bounds tries at what can be guessed, counted in Redis by all processes together. A try is counted before it is made, so that
 * many at once are no way around; one that was right is given back. Unlike other limits this one can't be switched off.
 */
export class Attempts {
  readonly #limiter: RateLimiterRedis;

  constructor({ redis: storeClient, prefix: keyPrefix, points, seconds: duration }: Options) {
    this.#limiter = new RateLimiterRedis({ storeClient, keyPrefix, points, duration, rejectIfRedisNotReady: true });
  }

  /** Counts a try. Throws RATE_LIMIT_EXCEEDED when there were too many, UNAVAILABLE when they can't be counted. */
  async take(key: string): Promise<void> {
    try {
      await this.#limiter.consume(key);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw unavailable('Redis does not answer', 1_000, error);
      throw new StormError('RATE_LIMIT_EXCEEDED', { message: 'Too many wrong tries', retryAfterMs: error.msBeforeNext });
    }
  }

  /** The try was right. Where that can't be said it stays counted. */
  async giveBack(key: string): Promise<void> {
    await this.#limiter.reward(key).catch(() => undefined);
  }
}
