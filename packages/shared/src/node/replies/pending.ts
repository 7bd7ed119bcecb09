interface Waiting<T> {
  settle: (value: T) => void;
  since: number;
  context?: Retained;
}

interface Retained {
  retain(): void;
  release(): void;
}

/**
 * What was asked and is not answered yet, by id; bounded by `capacity` (see `full`), and by age: `expire` settles what is older
 * than a limit, so that nothing waits for ever. A second answer finds nobody and is dropped.
 */
export class Pending<T> {
  readonly #waiting = new Map<string, Waiting<T>>();

  /** @param clock monotonic milliseconds: a wall clock that is set back would keep what is lost. */
  constructor(
    readonly capacity: number,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  get size(): number {
    return this.#waiting.size;
  }

  /** Nothing more should be added. */
  get full(): boolean {
    return this.#waiting.size >= this.capacity;
  }

  add(id: string, settle: (value: T) => void): void {
    this.#waiting.set(id, { settle, since: this.clock() });
  }

  /** Keeps the context that the answer will come under until it is there. */
  retain(id: string, context: Retained): void {
    const waiting = this.#waiting.get(id);
    if (!waiting || waiting.context) return;
    context.retain();
    waiting.context = context;
  }

  settle(id: string, value: T): void {
    this.#take(id)?.settle(value);
  }

  /** Drops it unsettled: whoever asked was told otherwise. */
  forget(id: string): void {
    this.#take(id);
  }

  /** Settles all that were added at or before `time`. The map keeps insertion order: the oldest are first. */
  expire(time: number, value: T): void {
    for (const [id, { since }] of this.#waiting) {
      if (since > time) return;
      this.settle(id, value);
    }
  }

  #take(id: string): Waiting<T> | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.context?.release();
    return waiting;
  }
}
