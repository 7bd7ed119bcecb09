import { setTimeout as sleep } from 'node:timers/promises';
import { backoff } from '@storm/shared/node';
import type { Say } from './say.js';

/** Something that was started and runs until it is stopped or dies. */
export interface Running {
  readonly pid: number;
  readonly exited: Promise<unknown>;
  /** Ends it in order. */
  stop(): Promise<unknown>;
}

export interface SupervisedOptions<R extends Running> {
  /** For messages. */
  name: string;
  /** Starts it; resolves when it is ready. Called again after each unexpected end. */
  start: () => Promise<R>;
  say: Say;
  /** It is another one, or none, from now on. */
  onChange?: () => void;
  /** What lived for so long is started again without much delay. Default: 30,000 ms. */
  settledMs?: number;
}

/** Keeps something running: what ends without being asked to is reported and started again, at growing intervals. */
export class Supervised<R extends Running> {
  readonly name: string;
  #current: R | undefined;
  #stopping = new AbortController();
  #watch: Promise<void> = Promise.resolve();

  constructor(private readonly options: SupervisedOptions<R>) {
    this.name = options.name;
  }

  /** What runs now; undefined when stopped or between two lives. */
  get current(): R | undefined {
    return this.#current;
  }

  /** Starts it. Throws when this first start fails; may be called again then, and after a stop. */
  async start(): Promise<R> {
    this.#stopping = new AbortController();
    const running = await this.options.start();
    this.#become(running);
    this.#watch = this.#keep(running, this.#stopping.signal);
    return running;
  }

  /** Ends it in order and leaves it ended. Again: a no-op. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#current?.stop();
    await this.#watch;
  }

  async #keep(first: R, stopping: AbortSignal): Promise<void> {
    let running: R | undefined = first;
    let deaths = 0;
    while (running) {
      const since = performance.now();
      await running.exited;
      this.#become(undefined);
      if (stopping.aborted) return;
      if (performance.now() - since > (this.options.settledMs ?? 30_000)) deaths = 0;
      this.options.say(`${this.name} ended unexpectedly; starting it again`);
      running = await this.#startAgain(deaths++, stopping);
    }
  }

  async #startAgain(deaths: number, stopping: AbortSignal): Promise<R | undefined> {
    for (let attempt = deaths; ; attempt++) {
      await sleep(backoff(attempt, { base: 200, cap: 10_000 }), undefined, { signal: stopping }).catch(() => {});
      if (stopping.aborted) return undefined;
      try {
        const running = await this.options.start();
        this.#become(running);
        this.options.say(`${this.name} is back`);
        if (stopping.aborted) await running.stop();
        return running;
      } catch (error) {
        this.options.say(`${this.name} does not start: ${(error as Error).message}`);
      }
    }
  }

  #become(running: R | undefined): void {
    this.#current = running;
    this.options.onChange?.();
  }
}
