import type { Connection } from './connection.js';

/** All connections of this process, and the clock that watches over them. */
export class Connections {
  readonly all = new Set<Connection>();
  readonly #unauthenticated = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly options: {
      now: () => number;
      /** How often each is looked at, in milliseconds. */
      tickMs: number;
    },
  ) {}

  start(): void {
    this.#timer = setInterval(() => {
      const now = this.options.now();
      for (const connection of this.all) connection.tick(now);
    }, this.options.tickMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  add(connection: Connection): void {
    this.all.add(connection);
    if (!connection.identity) this.#count(connection.address, 1);
  }

  /** It has said who it is. */
  identified(connection: Connection): void {
    this.#count(connection.address, -1);
  }

  delete(connection: Connection): void {
    if (this.all.delete(connection) && !connection.identity) this.#count(connection.address, -1);
  }

  /** Connections from an address that have not said who they are. */
  unauthenticated(address: string): number {
    return this.#unauthenticated.get(address) ?? 0;
  }

  /** Bytes that wait for all of them, and for the one with most. */
  outboxBytes(): { total: number; max: number } {
    let total = 0;
    let max = 0;
    for (const { outbox } of this.all) {
      const { waiting } = outbox;
      total += waiting;
      if (waiting > max) max = waiting;
    }
    return { total, max };
  }

  #count(address: string, change: number): void {
    const count = this.unauthenticated(address) + change;
    if (count > 0) this.#unauthenticated.set(address, count);
    else this.#unauthenticated.delete(address);
  }
}
