import { createHash } from 'node:crypto';
import type { RedisNames } from '@storm/shared/contracts';
import { addressKey, StormError, unavailable, type Redis } from '@storm/shared/node';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

interface Options {
  redis: Redis;
  names: RedisNames;
}

/** Says that an attempt was right. */
export type Succeeded = () => Promise<void>;

/** Attempts of one address at one account before it has to wait, and how long attempts are remembered, in seconds. */
const freeAttempts = 5;
const rememberedSeconds = 60 * 60;
/** The longest wait of one address, in seconds. */
const longestWait = 15 * 60;

/**
 * Attempts at one account from all addresses that never got in, and the time between those that are let through above it, in
 * seconds.
 */
export const freeAttemptsOfStrangers = 100;
const strangersEvery = 10;

/** How long an address counts as one that got in, in seconds. */
const knownSeconds = 90 * 24 * 60 * 60;

/** How long to wait after the nth attempt in a row, in seconds: 1, 2, 4 … 900 from the fifth on. */
export const waitAfter = (attempts: number): number =>
  attempts < freeAttempts ? 0 : Math.min(2 ** (attempts - freeAttempts), longestWait);

/**
 * Makes guessing a password slow without locking its owner out. One address waits longer with each wrong attempt at an account.
 * Many addresses at one account share a pace, from which those are exempt that got in before. An attempt counts before the
 * password is looked at, so that a thousand at once are not a thousand guesses. Accounts are told apart by what was typed:
 * whether there is one makes no difference.
 */
export class LoginSlowDown {
  readonly #attempts: RateLimiterRedis;
  readonly #waits: RateLimiterRedis;
  readonly #known: RateLimiterRedis;

  constructor({ redis, names }: Options) {
    const counting = (what: string, duration: number) =>
      new RateLimiterRedis({
        storeClient: redis,
        rejectIfRedisNotReady: true,
        keyPrefix: `${names.limits}:login-${what}`,
        points: 1,
        duration,
      });
    this.#attempts = counting('attempts', rememberedSeconds);
    this.#waits = counting('waits', longestWait);
    this.#known = counting('known', knownSeconds);
  }

  /**
   * Counts an attempt at an account, by whatever names it. Throws RATE_LIMIT_EXCEEDED with the time to come back, and
   * UNAVAILABLE without Redis.
   */
  attempt(account: string, address: string | null): Promise<Succeeded> {
    const whole = digest(account.toLowerCase());
    const own = digest(account.toLowerCase(), addressKey(address ?? ''));
    return this.#asking(async () => {
      const isStranger = (await this.#known.get(own)) === null;
      await this.#requireNoWait(own);
      if (isStranger) await this.#requireNoWait(whole);

      const { consumedPoints } = await this.#attempts.penalty(own);
      await this.#startWait(own, waitAfter(consumedPoints));
      if (isStranger) {
        const { consumedPoints: ofAll } = await this.#attempts.penalty(whole);
        await this.#startWait(whole, ofAll > freeAttemptsOfStrangers ? strangersEvery : 0);
      }
      return () => this.#succeeded({ own, whole, isStranger });
    });
  }

  async #requireNoWait(key: string): Promise<void> {
    const wait = await this.#waits.get(key);
    if (wait && wait.consumedPoints > 0) throw tooMany(wait);
  }

  /** Of many at once the first starts the wait; the others are refused. */
  async #startWait(key: string, seconds: number): Promise<void> {
    if (seconds > 0) await this.#waits.consume(key, 1, { customDuration: seconds });
  }

  /** Best effort: who is in is in. */
  async #succeeded({ own, whole, isStranger }: { own: string; whole: string; isStranger: boolean }): Promise<void> {
    await Promise.allSettled([
      this.#attempts.delete(own),
      this.#waits.delete(own),
      this.#known.set(own, 1, knownSeconds),
      ...(isStranger ? [this.#attempts.reward(whole)] : []),
    ]);
  }

  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof RateLimiterRes) throw tooMany(error);
      if (error instanceof StormError) throw error;
      throw unavailable('Redis does not answer', 1_000, error);
    }
  }
}

const tooMany = ({ msBeforeNext }: RateLimiterRes) =>
  new StormError('RATE_LIMIT_EXCEEDED', {
    message: 'Too many attempts to sign in to this account',
    retryAfterMs: Math.max(msBeforeNext, 1_000),
  });

/** Names and addresses stay out of Redis. */
const digest = (...parts: string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
