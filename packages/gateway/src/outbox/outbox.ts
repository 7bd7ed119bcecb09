import type { Writable } from 'node:stream';
import type { Flusher } from './flusher.js';

export interface OutboxLimits {
  /** Waiting bytes at which ephemeral frames are dropped. */
  softBytes: number;
  /** Waiting bytes that are never exceeded: the socket is too slow. */
  hardBytes: number;
  /** How long the socket may take nothing, in milliseconds. */
  stallMs: number;
}

/** What all outboxes of a process share. */
export interface OutboxOptions {
  limits: OutboxLimits;
  flusher: Flusher;
  now: () => number;
}

/** Whose outbox it is: itself, not a closure for each question, as there is one for every idle connection. */
interface Owner {
  /** May data still be written? Not any more once ws has sent its close frame, on whoever's wish. */
  readonly isOpen: boolean;
  /** Called once, when the reader is too slow; what waited is dropped by then. */
  readsTooSlowly(): void;
}

/** One write carries at most this, or one larger frame: its end is how we see that a slow reader still reads. */
const writeBytes = 64 * 1024;

/**
 * What waits to be written to one socket. Flushed once per turn with one write; while the kernel takes no more, frames wait
 * here as references to shared Buffers.
 *
 * It writes past ws to the raw socket. That is sound because every write here is of whole frames, and because ws, without
 * compression, writes its own (pong, ping, close) whole and at once, in the call: no frame of one can land inside a frame of
 * the other. After ws' close frame nothing is written: `isOpen` says so.
 */
export class Outbox {
  #frames: Buffer[] = [];
  #bytes = 0;
  #dirty = false;
  #closed = false;
  #blockedSince: number | undefined;
  #waiters: { below: number; resolve: () => void }[] = [];

  /** @param socket the raw one, below ws */
  constructor(
    private readonly socket: Writable,
    private readonly owner: Owner,
    private readonly options: OutboxOptions,
  ) {}

  /** Bytes that wait, here and in the socket. */
  get waiting(): number {
    return this.#bytes + (this.#closed ? 0 : this.socket.writableLength);
  }

  /** Queues a whole frame (see `textFrame`). At most once, in order; the frame is not copied. */
  push(frame: Buffer): void {
    if (this.#closed) return;
    if (this.#bytes + frame.length > writeBytes) this.#write(); // a burst within one turn must not look like a slow reader
    if (this.#blockedSince !== undefined && this.waiting + frame.length > this.options.limits.hardBytes) return this.#tooSlow();
    this.#frames.push(frame);
    this.#bytes += frame.length;
    this.#schedule();
  }

  /** Queues a frame that may be dropped (typing, presence): it is, and false returned, when `softBytes` wait. */
  pushEphemeral(frame: Buffer): boolean {
    if (this.waiting + frame.length > this.options.limits.softBytes) return false;
    this.push(frame);
    return true;
  }

  flush(): void {
    this.#dirty = false;
    this.#write();
  }

  /** Ends it with a too slow reader when the socket has taken nothing for too long. */
  checkStall(): void {
    const { now, limits } = this.options;
    if (this.#blockedSince !== undefined && now() - this.#blockedSince > limits.stallMs) this.#tooSlow();
  }

  /** Resolves when no more than so many bytes wait, or the outbox is closed: backpressure for those who can wait. */
  whenBelow(bytes: number): Promise<void> {
    if (this.#closed || this.waiting <= bytes) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ below: bytes, resolve }));
  }

  /** Hands all that waits to the socket and takes nothing more. */
  close(): void {
    if (this.#closed) return;
    if (this.#frames.length > 0 && this.owner.isOpen) this.socket.write(Buffer.concat(this.#frames));
    this.#free();
  }

  /** Drops all that waits. */
  destroy(): void {
    this.#free();
  }

  #schedule(): void {
    if (this.#dirty || this.#blockedSince !== undefined) return;
    this.#dirty = true;
    this.options.flusher.add(this);
  }

  #write(): void {
    if (this.#frames.length > 0 && !this.owner.isOpen) return this.#free();
    while (this.#frames.length > 0 && this.#blockedSince === undefined && !this.#closed) {
      const { socket } = this;
      const { flusher, now } = this.options;
      const bytes = flusher.join(this.#take());
      this.#bytes -= bytes.length;
      socket.write(bytes, this.#onWritten);
      // What the kernel took at once is gone from the socket; otherwise wait until it has all of it.
      if (socket.writableLength > 0) this.#blockedSince = now();
    }
  }

  readonly #onWritten = (): void => {
    if (this.#closed) return;
    this.#blockedSince = undefined;
    if (this.#frames.length > 0) this.#schedule();
    if (this.#waiters.length > 0) this.#wake();
  };

  #take(): Buffer[] {
    const frames = this.#frames;
    if (this.#bytes <= writeBytes) {
      this.#frames = [];
      return frames;
    }
    let count = 0;
    for (let bytes = 0; count < frames.length; count++) {
      bytes += frames[count]?.length ?? 0;
      if (count > 0 && bytes > writeBytes) break;
    }
    return frames.splice(0, count);
  }

  #wake(): void {
    const { waiting } = this;
    const ready = this.#waiters.filter(({ below }) => this.#closed || waiting <= below);
    if (ready.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  }

  #tooSlow(): void {
    if (this.#closed) return;
    this.#free();
    this.owner.readsTooSlowly();
  }

  #free(): void {
    this.#closed = true;
    this.#frames = [];
    this.#bytes = 0;
    this.#blockedSince = undefined;
    this.#wake();
  }
}
