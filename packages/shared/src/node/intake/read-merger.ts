import type { ReadMark } from '../../contracts/index.js';
import { unavailable } from '../errors/storm-error.js';

interface Options {
  /** Puts one into the queue's buffer; throws when nothing is taken in now. */
  send: (mark: ReadMark) => void;
  /** The least time between two of one user and channel, in milliseconds. Default: 1,000. */
  everyMs?: number | undefined;
  /** How long the first waits for company, in milliseconds: a job for each alone would cost too much. Default: 100. */
  gatherMs?: number;
  /** Users and channels that wait, or had one sent within `everyMs`. Default: 50,000. */
  capacity?: number;
  /** Milliseconds of any clock. */
  now?: () => number;
}

/**
 * Merges read positions: of one user and channel only the furthest is kept, and sent at most once in `everyMs`. At the cap a
 * user or channel that is not among them is refused.
 */
export class ReadMerger {
  readonly #options: Required<Options> & { everyMs: number };
  readonly #waiting = new Map<string, ReadMark>();
  /** When and how far each was sent lately, the oldest first. */
  readonly #sent = new Map<string, { at: number; position: number }>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ everyMs = 1_000, ...options }: Options) {
    this.#options = { gatherMs: Math.min(100, everyMs), capacity: 50_000, now: () => performance.now(), ...options, everyMs };
  }

  /** Throws `UNAVAILABLE` at the cap. */
  note(mark: ReadMark): void {
    const key = keyOf(mark);
    const [waiting, sent] = [this.#waiting.get(key), this.#sent.get(key)];
    if (mark.position <= Math.max(waiting?.position ?? 0, sent?.position ?? 0)) return;
    if (!waiting && !sent && this.#waiting.size + this.#sent.size >= this.#options.capacity)
      throw unavailable('too many read positions are under way');
    this.#waiting.set(key, mark);
    this.#tickLater();
  }

  /** The queue did not take it: once more when its time has come. */
  again(mark: ReadMark): void {
    const sent = this.#sent.get(keyOf(mark));
    if (sent) sent.position = 0;
    try {
      this.note(mark);
    } catch {
      // at the cap: the next one is further
    }
  }

  /** Sends what waits, whether or not its time has come. */
  flush(): void {
    this.#send(() => true);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #tick(): void {
    const { now, everyMs } = this.#options;
    for (const [key, { at }] of this.#sent) {
      if (now() - at < everyMs) break;
      this.#sent.delete(key);
    }
    this.#send((key) => !this.#sent.has(key));
    if (this.#waiting.size + this.#sent.size > 0) this.#tickLater();
  }

  #send(isDue: (key: string) => boolean): void {
    const { send, now } = this.#options;
    for (const [key, mark] of this.#waiting) {
      if (!isDue(key)) continue;
      try {
        send(mark);
      } catch {
        return; // nothing is taken in now: at the next tick, or the one after
      }
      this.#waiting.delete(key);
      this.#sent.delete(key);
      this.#sent.set(key, { at: now(), position: mark.position });
    }
  }

  #tickLater(): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tick();
    }, this.#options.gatherMs).unref();
  }
}

const keyOf = ({ channelId, userId }: ReadMark): string => `${channelId} ${userId}`;
