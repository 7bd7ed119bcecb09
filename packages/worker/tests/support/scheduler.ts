/** Small, seeded: the same seed plays the same schedule as far as the databases answer the same. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

interface Gate {
  open: () => void;
  crash: (error: Error) => void;
}

/** One actor whose every step waits to be let through: between any two, others may act, or the actor may die. */
export class Actor {
  readonly #gates: Gate[] = [];
  #dead: Error | undefined;
  /** Steps let through that have not come back. */
  running = 0;

  constructor(readonly name: string) {}

  get waiting(): number {
    return this.#gates.length;
  }

  get dead(): boolean {
    return this.#dead !== undefined;
  }

  /** Waits to be let through; rejects when the actor dies. */
  gate(): Promise<void> {
    if (this.#dead) return Promise.reject(this.#dead);
    return new Promise((open, crash) => this.#gates.push({ open, crash }));
  }

  /** Lets the oldest waiting step through. */
  letThrough(): void {
    this.#gates.shift()?.open();
  }

  /** Nothing that it does from now on happens; what is under way in a database may. */
  die(error: Error): void {
    this.#dead = error;
    for (const { crash } of this.#gates.splice(0)) crash(error);
  }

  /** Makes every async method of an object a step: a gate before it, and one after it, before its caller hears. */
  steps<T extends object>(
    target: T,
    around: (method: string, run: () => Promise<unknown>, args: unknown[]) => Promise<unknown> = (_, run) => run(),
  ): T {
    return new Proxy(target, {
      get: (object, name) => {
        const value: unknown = Reflect.get(object, name);
        if (typeof value !== 'function' || typeof name !== 'string') return value;
        return async (...args: unknown[]) => {
          await this.gate();
          this.running++;
          let result: unknown;
          try {
            result = await around(name, () => (value as (...all: unknown[]) => Promise<unknown>).apply(object, args), args);
          } finally {
            this.running--;
          }
          await this.gate();
          return result;
        };
      },
    });
  }
}
