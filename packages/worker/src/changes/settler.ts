import type { Logger } from '@storm/shared/node';
import type { ReadPosition, Store, TimelineRow } from '@storm/store';
import { Spaced } from './spaced.js';

interface Dirty {
  seq: number;
  position: number;
  rows: number;
  /** Senders have read up to their own messages. */
  reads: Map<string, number>;
}

interface Options {
  store: Store;
  log: Logger;
  /** Told of the read positions that were written. */
  onRead?: (reads: readonly ReadPosition[], at: Date) => void;
  /** How long what is done may wait to be noted; after a quiet time it is at once. */
  intervalMs?: number;
  /** Rows that wait before `full`. Default: 20,000. */
  capacity?: number;
}

/** Rows of one channel that may be above `heads`: what a take-up would redo, and so what it costs. */
const rowsMax = 128;
/** Rows of all channels: their jobs wait till these are noted, or could not be. */
const rowsWaiting = 20_000;

/**
 * Notes in MongoDB how far each channel is done: read positions of senders first, `heads` after, so that a crash between
 * leaves only what will be redone. Coalesced, because a channel in which much happens would else cost an update a job.
 */
export class Settler {
  #dirty = new Map<string, Dirty>();
  #due = false;
  #rows = 0;
  readonly #writes: Spaced;

  constructor(private readonly options: Options) {
    const { intervalMs = 1_000 } = options;
    this.#writes = new Spaced({ write: () => this.#write(), intervalMs, since: performance.now() });
  }

  /** As much waits as may. */
  get full(): boolean {
    return this.#rows >= (this.options.capacity ?? rowsWaiting);
  }

  /** These rows have had all other follow-ups. */
  moved(rows: readonly TimelineRow[], ends: readonly { channelId: string; seq: number; position: number }[]): void {
    for (const { channelId, seq, position } of ends) this.#note(channelId, { seq, position, rows: 0, reads: new Map() });
    for (const row of rows) {
      const reads = row.kind === 'message' ? new Map([[row.senderId, row.position]]) : new Map<string, number>();
      this.#note(row.channelId, { seq: 0, position: 0, rows: 1, reads });
    }
    if (this.#due) void this.flush();
    else this.#writes.soon();
  }

  #note(channelId: string, { seq, position, rows, reads }: Dirty): void {
    const dirty = this.#dirty.get(channelId) ?? { seq: 0, position: 0, rows: 0, reads: new Map<string, number>() };
    this.#dirty.set(channelId, dirty);
    dirty.seq = Math.max(dirty.seq, seq);
    dirty.position = Math.max(dirty.position, position);
    dirty.rows += rows;
    this.#rows += rows;
    if (dirty.rows >= rowsMax) this.#due = true;
    for (const [userId, at] of reads) dirty.reads.set(userId, Math.max(dirty.reads.get(userId) ?? 0, at));
  }

  /** A last flush: what it can't note is left to the next take-up. */
  close(): Promise<void> {
    return this.#writes.close();
  }

  /** Notes all of it now. Never throws: what could not be noted waits, and is redone by the next take-up if it is never. */
  flush(): Promise<void> {
    return this.#writes.now();
  }

  async #write(): Promise<void> {
    const dirty = this.#dirty;
    this.#dirty = new Map();
    this.#due = false;
    this.#rows = 0;
    if (dirty.size === 0) return;
    const { store, log, onRead } = this.options;
    try {
      const reads = [...dirty].flatMap(([channelId, { reads: own }]) =>
        [...own].map(([userId, position]) => ({ channelId, userId, position })),
      );
      const at = new Date();
      if (reads.length > 0) await store.memberships.read(reads, at);
      if (reads.length > 0) onRead?.(reads, at);
      await store.heads.advance([...dirty].map(([channelId, { seq, position }]) => ({ channelId, seq, position })));
    } catch (error) {
      log.debug({ err: error }, 'heads could not be noted yet');
      // Back to what waits: `heads` must not pass read positions that were never written. No row is stored meanwhile.
      for (const [channelId, waiting] of dirty) this.#note(channelId, waiting);
      this.#due = false;
      this.#writes.soon();
    }
  }
}
