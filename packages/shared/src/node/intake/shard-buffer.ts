import { lingerFor, type BatchLimits } from './batch-limits.js';

interface Sized {
  bytes: number;
}

/** Where a buffer's batches go. */
export interface BatchSink<T> {
  /**
   * Resolves when the batch is in the queue, rejects when it may not be. `done` is called once all of the batch is answered,
   * at any time: till then its job counts as under way.
   */
  add(batch: T[], done: () => void): Promise<void>;
  /** The batch of an add that failed, and what waited behind it: that would meet the same, one timeout later. */
  refuse(entries: T[], error: unknown): void;
}

/**
 * Group commit for one shard: one `add` is in flight at a time, and whatever arrives meanwhile goes into the next job, in
 * order. A lone change leaves at once; while jobs of ours are still under way, a batch gathers until it is full or has
 * lingered long enough.
 */
export class ShardBuffer<T extends Sized> {
  #waiting: T[] = [];
  #waitingBytes = 0;
  #inFlight = 0;
  /** One for each job whose answers are not all in. */
  readonly #jobs = new Set<symbol>();
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined;

  constructor(
    private readonly limits: BatchLimits,
    private readonly sink: BatchSink<T>,
  ) {}

  /** Nothing more should be pushed: what waits has reached its cap. */
  get full(): boolean {
    return this.#waiting.length >= this.limits.waiting || this.#waitingBytes >= this.limits.waitingBytes;
  }

  /** What is not in the queue yet: waiting, or in the add in flight. */
  get size(): number {
    return this.#waiting.length + this.#inFlight;
  }

  push(entry: T): void {
    this.#waiting.push(entry);
    this.#waitingBytes += entry.bytes;
    this.#schedule();
  }

  /** No answers are to be expected for what is under way: the link that brings them broke. */
  forgetJobs(): void {
    this.#jobs.clear();
    this.#reschedule();
  }

  #done(job: symbol): void {
    if (this.#jobs.delete(job) && this.#jobs.size <= 1) this.#reschedule(); // less to linger for
  }

  #reschedule(): void {
    this.#cancel();
    this.#schedule();
  }

  #cancel(): void {
    clearTimeout(this.#timer as NodeJS.Timeout);
    clearImmediate(this.#timer as NodeJS.Immediate);
    this.#timer = undefined;
  }

  #schedule(): void {
    if (this.#inFlight > 0 || this.#waiting.length === 0) return;
    if (this.#waiting.length >= this.limits.entries || this.#waitingBytes >= this.limits.bytes) {
      this.#cancel();
      void this.#flush();
    } else if (!this.#timer) {
      const flush = () => {
        this.#timer = undefined;
        void this.#flush();
      };
      const linger = lingerFor(this.limits, this.#jobs.size);
      // setImmediate: what the same turn of the event loop brings travels together.
      this.#timer = linger === 0 ? setImmediate(flush) : setTimeout(flush, linger);
    }
  }

  async #flush(): Promise<void> {
    const batch = this.#take();
    const job = Symbol();
    this.#inFlight = batch.length;
    this.#jobs.add(job); // before the add: the answers may be faster than its own
    try {
      await this.sink.add(batch, () => this.#done(job));
    } catch (error) {
      this.#jobs.delete(job);
      batch.push(...this.#waiting);
      this.#waiting = [];
      this.#waitingBytes = 0;
      this.sink.refuse(batch, error);
    }
    this.#inFlight = 0;
    this.#schedule();
  }

  #take(): T[] {
    let count = 0;
    let bytes = 0;
    for (const entry of this.#waiting) {
      if (count === this.limits.entries || (count > 0 && bytes + entry.bytes > this.limits.bytes)) break;
      bytes += entry.bytes;
      count += 1;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }
}
