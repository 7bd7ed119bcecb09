import type { SeenPresence } from '@storm/shared/node';
import type { Presence } from '@storm/shared/protocol';

/** A user whom connections of this gateway watch, each by a subscription, and what was last heard of it. */
export class Watched<S = unknown> {
  readonly subscriptions = new Set<S>();
  /** Those of whom it is not known whether they may see it. */
  readonly unclear = new Set<S>();
  isClarifying = false;
  /** Settles when changes arrive here and its state was read. */
  opened: Promise<void> = Promise.resolve();
  #status: SeenPresence['status'] = 'offline';
  #version = 0;
  /** Until when it was seen online, as far as anybody said; undefined: a worker was never asked. */
  #seen: number | null | undefined;

  constructor(readonly userId: string) {}

  get isSeenUnknown(): boolean {
    return this.#seen === undefined;
  }

  /** Takes what was published: nothing older than what is held. */
  hear(presence: SeenPresence): boolean {
    return presence.version > this.#version && this.#take(presence);
  }

  /** Takes what was read, unless a later change was heard while it was. Returns whether it is another. */
  read(presence: SeenPresence, since: number): boolean {
    return this.#version === since && this.#take(presence);
  }

  get version(): number {
    return this.#version;
  }

  /** As the database has it. */
  noteSeen(at: number | null): void {
    this.#seen = Math.max(this.#seen ?? 0, at ?? 0) || null;
  }

  /** As a user sees it who may, or may not: the latter like one that there is not. */
  viewFor(mayKnow: boolean): Presence {
    if (!mayKnow || this.#status === 'offline') {
      return { userId: this.userId, status: 'offline', lastSeenAt: mayKnow ? (this.#seen ?? null) : null };
    }
    return { userId: this.userId, status: this.#status, lastSeenAt: null };
  }

  #take({ status, seen, version }: SeenPresence): boolean {
    const isNews = status !== this.#status || (seen !== null && seen > (this.#seen ?? 0));
    this.#status = status;
    this.#version = version;
    if (seen !== null) this.#seen = Math.max(this.#seen ?? 0, seen);
    return isNews;
  }
}
