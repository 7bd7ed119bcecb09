interface Waiting<T> {
  settle: (value: T) => void;
  since: number;
  context: { release(): void };
}

/**
 * What was asked and is not answered yet, by id; bounded by `capacity`, and by age: `expire` settles what is older than
 * a limit with `value`, so that nothing waits for ever. A second answer finds nobody and is dropped.
 */
export class Pending<T> {
  readonly #waiting = new Map<string, Waiting<T>>();

  constructor(
    readonly capacity: number,
    private readonly now: () => number = Date.now,
  ) {}

  get size(): number {
    return this.#waiting.size;
  }

  get full(): boolean {
    return this.#waiting.size >= this.capacity;
  }

  /** `context` is released once the answer is there: until then its keys are kept. */
  add(id: string, context: { retain(): void; release(): void }, settle: (value: T) => void): void {
    context.retain();
    this.#waiting.set(id, { settle, since: this.now(), context });
  }

  settle(id: string, value: T): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    waiting.context.release();
    waiting.settle(value);
  }

  forget(id: string): void {
    this.#waiting.get(id)?.context.release();
    this.#waiting.delete(id);
  }

  /** Settles all that have waited since before `time`. The map keeps insertion order: the oldest are first. */
  expire(time: number, value: T): void {
    for (const [id, { since }] of this.#waiting) {
      if (since >= time) return;
      this.settle(id, value);
    }
  }
}
