interface Options {
  /** Never throws. */
  write: () => Promise<void>;
  /** The least time between two writes, in milliseconds. */
  intervalMs: number;
  /** Since when (`performance.now()`) the next one waits; by default the first one does not. */
  since?: number;
}

/** Writes one after the other, and apart: what comes meanwhile is written together. */
export class Spaced {
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wroteAt: number;
  #closed = false;

  constructor(private readonly options: Options) {
    this.#wroteAt = options.since ?? -Infinity;
  }

  /** Writes as soon as it may. */
  soon(): void {
    if (this.#closed) return;
    const wait = this.#wroteAt + this.options.intervalMs - performance.now();
    this.#timer ??= setTimeout(() => void this.now(), Math.max(0, wait));
  }

  /** Writes what there is at this moment, without waiting for its time. Resolves when that is done. */
  async now(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
    await this.#writing;
  }

  /** A last write. */
  close(): Promise<void> {
    this.#closed = true;
    return this.now();
  }

  #write(): Promise<void> {
    this.#wroteAt = performance.now();
    return this.options.write();
  }
}
