/** How full a job may get, and how long a change may wait for company. */
export interface BatchLimits {
  /** Changes in one job. */
  entries: number;
  /** Bytes of one job, as the entries' sizes add up. */
  bytes: number;
  /** Changes that may wait here for their `add`. */
  waiting: number;
  /** How long the first of a batch waits while earlier jobs are under way, in milliseconds. */
  lingerMs: number;
}

interface Sized {
  bytes: number;
}

/**
 * Group commit for one shard: one `add` is in flight at a time, and whatever arrives meanwhile goes into the next job.
 * A lone change leaves at once; while jobs of ours are still under way, a batch gathers for up to `lingerMs` or until it is full.
 */
export class ShardBuffer<T extends Sized> {
  #waiting: T[] = [];
  #adding = false;
  #jobsUnderWay = 0;
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined;

  /** `add` settles when the batch is in the queue, or is known not to be; it never rejects. */
  constructor(
    private readonly limits: BatchLimits,
    private readonly add: (batch: T[]) => Promise<boolean>,
  ) {}

  get full(): boolean {
    return this.#waiting.length >= this.limits.waiting;
  }

  get size(): number {
    return this.#waiting.length;
  }

  push(entry: T): void {
    this.#waiting.push(entry);
    this.#schedule();
  }

  /** All verdicts of a job are in. */
  jobDone(): void {
    this.#jobsUnderWay = Math.max(0, this.#jobsUnderWay - 1);
    if (this.#jobsUnderWay === 0) this.#reschedule();
  }

  /** No verdicts are to be expected for what is under way: the link that brings them broke. */
  forgetJobs(): void {
    this.#jobsUnderWay = 0;
    this.#reschedule();
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
    if (this.#adding || this.#waiting.length === 0) return;
    if (this.#waiting.length >= this.limits.entries) {
      this.#cancel();
      void this.#flush();
    } else if (!this.#timer) {
      const flush = () => void this.#flush();
      // setImmediate: what the same turn of the event loop brings travels together.
      this.#timer = this.#jobsUnderWay === 0 ? setImmediate(flush) : setTimeout(flush, this.limits.lingerMs);
    }
  }

  async #flush(): Promise<void> {
    this.#timer = undefined;
    if (this.#adding || this.#waiting.length === 0) return;
    this.#adding = true;
    const added = await this.add(this.#take());
    this.#adding = false;
    if (added) this.#jobsUnderWay++;
    this.#schedule();
  }

  #take(): T[] {
    let count = 0;
    for (let bytes = 0; count < this.#waiting.length && count < this.limits.entries; count++) {
      bytes += this.#waiting[count]?.bytes ?? 0;
      if (count > 0 && bytes > this.limits.bytes) break;
    }
    return this.#waiting.splice(0, count);
  }
}
