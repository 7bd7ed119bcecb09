import { limits } from '@storm/shared/protocol';

/** Beyond those that are named so many are kept apart, to know when the last one stops. */
const othersMax = 50;

/** What is to be said of one who began or stopped: that one by name, "several", or nothing. */
export type Announced = 'named' | 'several' | undefined;

/** Those who type in one channel: a few by name, the others as "several", however many they are. */
export class Crowd {
  readonly #named = new Set<string>();
  readonly #others = new Set<string>();
  #severalAt = -Infinity;

  get isEmpty(): boolean {
    return this.#named.size + this.#others.size === 0;
  }

  get all(): string[] {
    return [...this.#named, ...this.#others];
  }

  /** The only one who is not named, if there is only one. */
  get onlyOther(): string | undefined {
    const [first] = this.#others;
    return this.#others.size === 1 ? first : undefined;
  }

  /** Types, or still does. "Several" is said once a second at most. `full`: it is one of too many to be kept. */
  add(userId: string, { now, mayName }: { now: number; mayName: boolean }): Announced | 'full' {
    if (this.#named.has(userId)) return 'named';
    if (!this.#others.has(userId)) {
      if (mayName && this.#named.size < limits.typingNamed) {
        this.#named.add(userId);
        return 'named';
      }
      if (this.#others.size >= othersMax) return 'full';
      this.#others.add(userId);
    }
    if (now - this.#severalAt < limits.typingEveryMs && now >= this.#severalAt) return undefined;
    this.#severalAt = now;
    return 'several';
  }

  /** Types no more. */
  delete(userId: string): Announced {
    if (this.#named.delete(userId)) return 'named';
    if (!this.#others.delete(userId) || this.#others.size > 0) return undefined;
    this.#severalAt = -Infinity;
    return 'several';
  }
}
