import type { Connection } from './connection.js';

/** All connections of this process, and the clock that watches over them. */
export class Connections {
  readonly all = new Set<Connection>();
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
  }

  delete(connection: Connection): void {
    this.all.delete(connection);
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
}
