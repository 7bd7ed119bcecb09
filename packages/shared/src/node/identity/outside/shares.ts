import { unavailable } from '../../errors/storm-error.js';

/** Callers who wait for an identity service: so many in all, and of one address. One that hangs must not hold up everybody else. */
const waitingMax = { total: 500, each: 100 };

/** Places that callers share, so that no one of them takes all. The map holds only who has one. */
export class Shares {
  readonly #held = new Map<string, number>();
  #total = 0;

  constructor(private readonly max = waitingMax) {}

  /** Does something for `who` while a place is theirs. Throws UNAVAILABLE when there is none. */
  async run<T>(who: string, work: () => Promise<T>): Promise<T> {
    const held = this.#held.get(who) ?? 0;
    if (this.#total >= this.max.total || held >= this.max.each) throw unavailable('too many wait for the identity service');
    this.#total += 1;
    this.#held.set(who, held + 1);
    try {
      return await work();
    } finally {
      this.#giveBack(who);
    }
  }

  #giveBack(who: string): void {
    const left = (this.#held.get(who) ?? 0) - 1;
    this.#total -= 1;
    if (left > 0) this.#held.set(who, left);
    else this.#held.delete(who);
  }
}
