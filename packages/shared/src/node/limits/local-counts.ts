import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Rule } from './rules.js';

const defaultKept = 10_000;

/** Counts in this process alone, for as long as Redis is away. Bounded: who was not seen for longest is forgotten, and begins anew. */
export class LocalCounts {
  readonly #limiter: RateLimiterMemory;
  readonly #known: LRUCache<string, true>;

  constructor({ points, seconds }: Pick<Rule, 'points' | 'seconds'>, kept = defaultKept) {
    this.#limiter = new RateLimiterMemory({ points, duration: seconds });
    // The library keeps each key and a timer until its window ends, however many there are.
    this.#known = new LRUCache({ max: kept, dispose: (_, key, reason) => void (reason !== 'set' && this.#limiter.delete(key)) });
  }

  /** Rejects with the library's result when there were too many. */
  consume(key: string): Promise<RateLimiterRes> {
    this.#known.set(key, true);
    return this.#limiter.consume(key);
  }
}
