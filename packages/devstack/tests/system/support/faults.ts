import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '../../../src/stack/index.js';
import type { RedisProxy } from '../../../src/testing/index.js';

const kinds = ['stall a link', 'kill', 'cut a link', 'stall all links', 'cut all links'] as const;
export type FaultKind = (typeof kinds)[number];

export interface FaultsOptions {
  gateway: Service;
  /** In front of its Redis. */
  proxy: RedisProxy;
  random: () => number;
  /** Which of the kinds is the first; they take turns. */
  first: number;
}

/** Breaks a gateway or its links to Redis, one fault after the other, until it is told to end. */
export class Faults {
  readonly counts = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  readonly #running: Promise<void>;
  readonly #ending = new AbortController();

  constructor(private readonly options: FaultsOptions) {
    this.#running = this.#run();
    this.#running.catch(() => undefined); // told by `end`
  }

  /** Resolves when the gateway runs, and all of its links pass everything. Throws when it did not start again. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let turn = this.options.first; !this.#ending.signal.aborted; turn++) {
      await this.#pause(300, 2_000);
      const kind = kinds[turn % kinds.length];
      if (!kind || this.#ending.signal.aborted) return;
      this.counts[kind] += 1;
      await this.#break(kind);
    }
  }

  async #break(kind: FaultKind): Promise<void> {
    const { tcp } = this.options.proxy;
    switch (kind) {
      case 'kill':
        return this.#kill();
      case 'cut a link':
        return tcp.cut(this.#anyLink());
      case 'cut all links':
        return tcp.cut();
      case 'stall a link':
        return this.#stall(this.#anyLink());
      case 'stall all links':
        return this.#stall();
    }
  }

  /** Started again by us: what keeps it running would wait longer each time. */
  async #kill(): Promise<void> {
    const { process } = this.options.gateway;
    void process.current?.kill();
    await process.stop();
    await this.#pause(0, 1_000);
    await process.start();
  }

  async #stall(link?: number): Promise<void> {
    const { tcp } = this.options.proxy;
    tcp.stall(link);
    await this.#pause(500, 4_000);
    tcp.resume(link);
  }

  #anyLink(): number {
    const { open } = this.options.proxy.tcp;
    return open[Math.floor(this.options.random() * open.length)] ?? 0;
  }

  async #pause(least: number, most: number): Promise<void> {
    const ms = least + this.options.random() * (most - least);
    await sleep(ms, undefined, { signal: this.#ending.signal }).catch(() => undefined);
  }
}
