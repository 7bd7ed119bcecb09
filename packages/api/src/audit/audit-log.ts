import { setTimeout as delay } from 'node:timers/promises';
import { backoff, unavailable, type KeyRing } from '@storm/shared/node';
import type { Store } from '@storm/store';
import type { z } from 'zod';
import { AuditEvent } from './audit-event.js';
import { chain, origin, type Link } from './chain.js';

interface Options {
  audit: Store['audit'];
  ring: KeyRing;
  now?: () => number;
}

interface Waiting {
  event: z.output<typeof AuditEvent>;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Events that may wait for those before them; what comes then is refused. */
const waitingMax = 1_000;
const batchMax = 100;
/** How often others may take the next number before us: one of them gets on each time. */
const attemptsMax = 20;

/**
 * The log of what matters to security: entries numbered 1, 2, 3 …, each with an HMAC over itself and the HMAC of the one
 * before. Several processes may write at once: the unique number decides, and who comes second chains to the first. Within a
 * process one write is under way, and what arrives meanwhile goes in the next.
 */
export class AuditLog {
  #waiting: Waiting[] = [];
  #writing = false;
  /** The newest entry that we know of. It may not be the newest. */
  #last: Link = origin;
  /** Is `#last` worth trying without looking? */
  #fresh = false;

  constructor(private readonly options: Options) {}

  /**
   * Resolves when the event is stored. Await it before you answer: what is not recorded must not seem done. What can't
   * be taken back is recorded before it is done; what takes access away is done first and recorded even if it failed, for
   * nobody must stay because the log can't be written. Throws UNAVAILABLE when MongoDB is away, or too many events wait; it is
   * not known then whether the event was recorded.
   */
  async record(event: AuditEvent): Promise<void> {
    const parsed = AuditEvent.parse(event);
    if (this.#waiting.length >= waitingMax) throw unavailable('too many events wait to be recorded');
    const recorded = new Promise<void>((resolve, reject) => this.#waiting.push({ event: parsed, resolve, reject }));
    if (!this.#writing) void this.#write();
    return recorded;
  }

  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchMax);
      try {
        await this.#append(batch.map(({ event }) => event));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        this.#fresh = false;
        // What waits would meet the same, one timeout later.
        for (const { reject } of [...batch, ...this.#waiting.splice(0)]) reject(error);
      }
    }
    this.#writing = false;
  }

  async #append(events: Waiting['event'][]): Promise<void> {
    const { audit, ring, now = Date.now } = this.options;
    for (let attempt = 0, left = events; ; attempt++) {
      // Where nothing is left of what we know, we go on from there all the same: the hole shows that somebody cut it off.
      if (!this.#fresh) this.#last = (await audit.last(Math.max(1, this.#last._id))) ?? this.#last;
      const entries = chain(left, this.#last, ring, new Date(now()));
      const { inserted, conflict } = await audit.append(entries);
      this.#last = entries[inserted - 1] ?? this.#last;
      this.#fresh = !conflict;
      if (!conflict) return;
      left = left.slice(inserted);
      if (attempt >= attemptsMax) throw unavailable('others write too much to the audit log');
      await delay(backoff(attempt, { base: 2, cap: 100 })); // not in step with the others
    }
  }
}
