import { LRUCache } from 'lru-cache';
import { TokenBucket } from './token-bucket.js';

const usersKept = 50_000;

/** How many changes each user may send from here. Outlives connections, so that a reconnect lifts nothing. */
export class SendLimits {
  readonly #buckets = new LRUCache<string, TokenBucket>({ max: usersKept });

  /** @param limit undefined: as many as they like */
  constructor(
    private readonly limit: { perMinute: number; burst: number } | undefined,
    private readonly now: () => number,
  ) {}

  /** 0 when the user may send, otherwise the milliseconds until then. */
  take(userId: string): number {
    if (!this.limit) return 0;
    let bucket = this.#buckets.get(userId);
    if (!bucket) {
      bucket = new TokenBucket(this.limit, this.now());
      this.#buckets.set(userId, bucket);
    }
    return bucket.take(this.now());
  }
}
