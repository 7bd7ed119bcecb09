import { unavailable } from '@storm/shared/node';

/** Runs at most `parallel` pieces of work at once; up to `waiting` more wait their turn, and the rest is refused. */
export class WorkLimit {
  #running = 0;
  readonly #queue: (() => void)[] = [];

  constructor(private readonly limits: { parallel: number; waiting: number }) {}

  /** How much runs, and how much waits. */
  get depth(): { running: number; waiting: number } {
    return { running: this.#running, waiting: this.#queue.length };
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.limits.parallel) {
      if (this.#queue.length >= this.limits.waiting) throw unavailable('too many sign-ins are under way', 2_000);
      await new Promise<void>((turn) => this.#queue.push(turn)); // whoever ends hands over its place
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
