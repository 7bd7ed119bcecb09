import { usersPerQuestion } from '@storm/shared/contracts';
import type { Asker } from '@storm/shared/node';
import { LRUCache } from 'lru-cache';
import { Semaphore } from '../limits/semaphore.js';

interface Options {
  asker: Asker;
  now: () => number;
  /** How long (ms) it is believed that two users see each other, and that they do not. */
  visibleMs?: number;
  hiddenMs?: number;
  /** Pairs of users in memory. */
  pairs?: number;
}

const questionsAtOnce = 8;

/** Who sees whose presence: those who share a channel or a direct message, as the worker says, remembered for a minute. */
export class Visibility {
  readonly #pairs: LRUCache<string, { visible: boolean; until: number }>;
  readonly #slots = new Semaphore(questionsAtOnce);

  constructor(private readonly options: Options) {
    this.#pairs = new LRUCache({ max: options.pairs ?? 100_000 });
  }

  /** Undefined when it is not known, or no more. */
  get(one: string, other: string): boolean | undefined {
    const pair = this.#pairs.get(keyOf(one, other));
    return pair && this.options.now() < pair.until ? pair.visible : undefined;
  }

  /** Asks which of these users and one see each other, and until when those were last seen (ms). Rejects with `UNAVAILABLE`. */
  async ask(userId: string, others: readonly string[]): Promise<Map<string, number | null>> {
    const { asker, now, visibleMs = 60_000, hiddenMs = 10_000 } = this.options;
    const seen = new Map<string, number | null>();
    for (let at = 0; at < others.length; at += usersPerQuestion) {
      const some = others.slice(at, at + usersPerQuestion);
      const { users } = await this.#slots.run(() => asker.ask({ kind: 'visible', userId, others: some }));
      for (const user of users) seen.set(user.userId, user.lastSeenAt);
      for (const other of some) {
        const visible = seen.has(other);
        this.#pairs.set(keyOf(userId, other), { visible, until: now() + (visible ? visibleMs : hiddenMs) });
      }
    }
    return seen;
  }
}

/** It holds both ways. */
const keyOf = (one: string, other: string): string => (one < other ? `${one} ${other}` : `${other} ${one}`);
