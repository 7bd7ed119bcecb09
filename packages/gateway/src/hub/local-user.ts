import type { ChannelCursor } from '@storm/shared/protocol';
import type { Member } from './member.js';

/** Channels of one user that are followed live; the rest of an account beyond it is read over REST. */
export const channelsPerUser = 10_000;
/** Changes of membership remembered per user, so that a late event does not undo a later one; and read positions. */
const changesKept = 256;

/** A user with connections on this gateway, and what is known of the channels it is in. What few need is made when it is. */
export class LocalUser {
  readonly members = new Set<Member>();
  /** Ids of its channels. Advisory for changes: the worker decides; decisive for delivery. */
  readonly channels = new Set<string>();
  /** Has a worker said what its channels are? */
  known = false;
  /** Settles when events about the user arrive. */
  subscribed: Promise<void> | undefined;
  /** A question that is out, and the link's life in which it was put. */
  asking: { generation: number; answer: Promise<ChannelCursor[]> } | undefined;
  refreshing = false;
  /** The last change of membership seen of a channel: its seq, and whether the user is in it. */
  #changes: Map<string, { seq: number; active: boolean }> | undefined;
  /** How far it has read, as far as that was told here lately: an answer that was on its way does not know of it. */
  #reads: Map<string, number> | undefined;
  #watchers: Set<Map<string, boolean>> | undefined;

  constructor(readonly id: string) {}

  /** Notes a change of membership; false when it, or a later one, was seen before. */
  note(channelId: string, seq: number, active: boolean): boolean {
    if (this.hasSeen(channelId, seq)) return false;
    this.#changes = keep(this.#changes, channelId, { seq, active });
    for (const changes of this.#watchers ?? []) if (changes.size < channelsPerUser) changes.set(channelId, active);
    return true;
  }

  /** Has a change at or after `seq` been seen? */
  hasSeen(channelId: string, seq: number): boolean {
    return (this.#changes?.get(channelId)?.seq ?? -1) >= seq;
  }

  noteRead(channelId: string, position: number): void {
    this.#reads = keep(this.#reads, channelId, Math.max(position, this.readPosition(channelId)));
  }

  /** As far as is known here; 0 where nothing is. */
  readPosition(channelId: string): number {
    return this.#reads?.get(channelId) ?? 0;
  }

  /** Collects what changes from now until `done`, of 10,000 channels at most: an answer to a question that is out does not know of it. */
  watch(): { changes: ReadonlyMap<string, boolean>; done: () => void } {
    const changes = new Map<string, boolean>();
    (this.#watchers ??= new Set()).add(changes);
    return { changes, done: () => this.#unwatch(changes) };
  }

  #unwatch(changes: Map<string, boolean>): void {
    this.#watchers?.delete(changes);
    if (this.#watchers?.size === 0) this.#watchers = undefined;
  }
}

/** Sets the latest of a map that forgets its oldest; of a new one, where there is none. */
function keep<T>(kept: Map<string, T> | undefined, key: string, value: T): Map<string, T> {
  const map = kept ?? new Map<string, T>();
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > changesKept && oldest !== undefined) map.delete(oldest);
  return map;
}
