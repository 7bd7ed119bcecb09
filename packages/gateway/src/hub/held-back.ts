import type { SealedEvent } from '@storm/shared/contracts';
import { orderOf } from './ordering.js';

/** Bytes that all channels of a process may hold back together. */
export class HeldBudget {
  bytes = 0;
  events = 0;

  constructor(readonly maxBytes = 64 * 1024 * 1024) {}
}

const maxEvents = 1_000;
const maxBytes = 1024 * 1024;

/**
 * Events of one channel that wait for those before them, by `from`. Bounded by count and bytes: what does not fit is
 * dropped, and read from the recent log when its turn comes.
 */
export class HeldBack {
  #events: SealedEvent[] = [];
  #bytes = 0;

  constructor(private readonly budget: HeldBudget) {}

  get size(): number {
    return this.#events.length;
  }

  add({ from, seq, envelope }: SealedEvent): void {
    const bytes = envelope.length;
    if (this.#events.length >= maxEvents || this.#bytes + bytes > maxBytes) return;
    if (this.budget.bytes + bytes > this.budget.maxBytes) return;
    let at = this.#events.length;
    while (at > 0 && (this.#events[at - 1]?.from ?? 0) > from) at--;
    // A copy: the original is a view of all that came in one read from Redis, and would keep it.
    this.#events.splice(at, 0, { from, seq, envelope: Buffer.from(envelope) });
    this.#count(bytes, 1);
  }

  /** Takes out the next event after `delivered`, and drops those that cover nothing new. */
  take(delivered: number): SealedEvent | undefined {
    for (let first = this.#events[0]; first; first = this.#events[0]) {
      const order = orderOf(delivered, first);
      if (order === 'gap') return undefined;
      this.#events.shift();
      this.#count(-first.envelope.length, -1);
      if (order === 'next') return first;
    }
    return undefined;
  }

  clear(): void {
    this.#count(-this.#bytes, -this.#events.length);
    this.#events = [];
  }

  #count(bytes: number, events: number): void {
    this.#bytes += bytes;
    this.budget.bytes += bytes;
    this.budget.events += events;
  }
}
