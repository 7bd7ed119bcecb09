/** Lets `perMinute` through on average and `burst` at once. Time is passed in; two numbers of memory. */
export class TokenBucket {
  #tokens: number;
  #at: number;

  constructor(
    private readonly limit: { perMinute: number; burst: number },
    now: number,
  ) {
    this.#tokens = limit.burst;
    this.#at = now;
  }

  /** 0 when it may pass, otherwise the milliseconds until the next one may. */
  take(now: number): number {
    const { perMinute, burst } = this.limit;
    const perMs = perMinute / 60_000;
    this.#tokens = Math.min(burst, this.#tokens + Math.max(0, now - this.#at) * perMs);
    this.#at = now;
    if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) / perMs);
    this.#tokens -= 1;
    return 0;
  }
}
