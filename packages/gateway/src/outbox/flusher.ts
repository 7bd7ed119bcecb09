interface Flushable {
  flush(): void;
}

/** A flush is followed by a pause of so many times its own length, at most so many milliseconds. */
const pauseFactor = 2;
const pauseMaxMs = 5;

/**
 * Flushes outboxes once per turn of the event loop: whatever one turn brings to a socket leaves in one write. A write is a
 * system call of about 5 µs, more than all else a delivery costs; so after a flush that wrote to many sockets the next one
 * waits a little and joins more. What comes alone, or to few, leaves at once.
 */
export class Flusher {
  #dirty: Flushable[] = [];
  #joined: { frames: readonly Buffer[]; bytes: Buffer } | undefined;
  #restsUntil = 0;

  /** @param now milliseconds, with fractions */
  constructor(private readonly now: () => number = () => performance.now()) {}

  add(outbox: Flushable): void {
    if (this.#dirty.length === 0) this.#schedule();
    this.#dirty.push(outbox);
  }

  /**
   * The frames as one Buffer. Members of one channel have the same frames waiting: the last join is kept for the turn, so
   * that 500 sockets share one Buffer instead of 500 copies.
   */
  join(frames: readonly Buffer[]): Buffer {
    const [only] = frames;
    if (only && frames.length === 1) return only;
    const last = this.#joined;
    if (last?.frames.length === frames.length && last.frames.every((frame, i) => frame === frames[i])) return last.bytes;
    const bytes = Buffer.concat(frames);
    this.#joined = { frames, bytes };
    return bytes;
  }

  #schedule(): void {
    const rest = this.#restsUntil - this.now();
    if (rest < 1) setImmediate(() => this.#flush());
    else setTimeout(() => this.#flush(), rest);
  }

  #flush(): void {
    const began = this.now();
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const outbox of dirty) outbox.flush();
    this.#joined = undefined;
    const ended = this.now();
    this.#restsUntil = ended + Math.min(pauseMaxMs, pauseFactor * (ended - began));
  }
}
