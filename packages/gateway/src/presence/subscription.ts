import type { Presence, ServerEvent, ServerPayload } from '@storm/shared/protocol';
import type { Watched } from './watched.js';

/** A connection that watches others, as presence sees it. */
export interface Watcher {
  readonly closed: boolean;
  readonly bearer: { sub: string } | undefined;
  readonly clearedIn: number | undefined;
  send<E extends ServerEvent>(event: E, payload: ServerPayload<E>, requestId?: string): void;
  /** Queues a frame that may be dropped; false when it was. */
  pushEphemeral(frame: Buffer): boolean;
}

/** One connection watching one user. */
export class Subscription {
  /** What the client was told last; undefined before the snapshot. */
  #told: string | undefined;

  constructor(
    readonly watcher: Watcher,
    readonly watched: Watched<Subscription>,
  ) {}

  /** In `presence.snapshot`: from now on changes are told. */
  begin(view: Presence): void {
    this.#told = textOf(view);
  }

  /** Tells a change, unless the client knows. False when it has to be told later. */
  tell(view: Presence, frameOf: (view: Presence) => Buffer): boolean {
    const text = textOf(view);
    if (this.#told === undefined || this.#told === text || this.watcher.closed) return true;
    if (!this.watcher.pushEphemeral(frameOf(view))) return false;
    this.#told = text;
    return true;
  }
}

const textOf = ({ status, lastSeenAt }: Presence): string => `${status} ${lastSeenAt ?? ''}`;
