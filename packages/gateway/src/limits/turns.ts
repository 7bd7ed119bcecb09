import { StormError } from '@storm/shared/node';

const waitingMax = 100;

/** What one connection sends, each waiting for its permission: done in the order in which it came, whichever is permitted first. */
export class Turns {
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  /** @param max how many may wait; each may hold a frame */
  constructor(private readonly max = waitingMax) {}

  /**
   * Asks for permission now; then, when all before it had their turn, calls `go`, or `refuse` with what permission was refused
   * for or `go` threw; `refuse` may not throw. Throws RATE_LIMIT_EXCEEDED when too many wait.
   */
  take(permission: () => Promise<void>, go: () => void, refuse: (error: unknown) => void): void {
    if (this.#waiting >= this.max) throw new StormError('RATE_LIMIT_EXCEEDED', { retryAfterMs: 1_000 });
    this.#waiting += 1;
    const permitted = permission();
    permitted.catch(() => undefined); // told in its turn
    this.#last = this.#last
      .then(() => permitted)
      .finally(() => (this.#waiting -= 1))
      .then(go)
      .catch(refuse);
  }
}
