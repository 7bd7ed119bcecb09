import { LockLost, Stopping, type Guard } from '../retry.js';

/** Tells the steps of one job whether they may go on. */
export class JobGuard implements Guard {
  readonly #lost = new AbortController();
  readonly #stopping = new AbortController();

  #renewedAt: number;

  /**
   * @param lockMs how long the lock lives without renewal
   * @param now milliseconds of a clock that goes on while the process is stopped: a worker that slept past its lock knows it at
   * its first step, before any timer of its own tells it
   */
  constructor(
    private readonly lockMs: number,
    signal?: AbortSignal,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#renewedAt = now();
    if (signal?.aborted) this.lose();
    signal?.addEventListener('abort', () => this.lose(), { once: true });
  }

  /** The lock lives anew. */
  renewed(): void {
    this.#renewedAt = this.now();
  }

  /** The lock may be another's now. */
  lose(): void {
    this.#lost.abort();
  }

  /** The process stops: waits end, steps that are under way do not. */
  stop(): void {
    this.#stopping.abort();
  }

  check(): void {
    if (this.#lost.signal.aborted || this.now() - this.#renewedAt >= this.lockMs) throw new LockLost();
  }

  async wait(ms: number): Promise<void> {
    this.check();
    const signals = [this.#lost.signal, this.#stopping.signal];
    if (!signals.some(({ aborted }) => aborted)) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          for (const signal of signals) signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        for (const signal of signals) signal.addEventListener('abort', done);
      });
    }
    this.check();
    if (this.#stopping.signal.aborted) throw new Stopping();
  }
}
