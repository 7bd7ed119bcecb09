/** Places that callers share, so that no one of them takes all. Counts only what is under way: the map holds no more than that. */
export class Shares {
  readonly #held = new Map<string, number>();
  #total = 0;

  constructor(private readonly max: { total: number; each: number }) {}

  /** A place for `who`, to be given back by calling what is answered; undefined when there is none. */
  take(who: string): (() => void) | undefined {
    const held = this.#held.get(who) ?? 0;
    if (this.#total >= this.max.total || held >= this.max.each) return undefined;
    this.#total += 1;
    this.#held.set(who, held + 1);
    return () => this.#giveBack(who);
  }

  #giveBack(who: string): void {
    const left = (this.#held.get(who) ?? 0) - 1;
    this.#total -= 1;
    if (left > 0) this.#held.set(who, left);
    else this.#held.delete(who);
  }
}
