import type { ChannelCursor } from '@storm/shared/protocol';
import type { Member } from './member.js';

/** Changes of membership remembered per user, so that a late event does not undo a later one. */
const changesKept = 256;

/** A user with connections on this gateway, and what is known of the channels it is in. */
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
  readonly #changes = new Map<string, { seq: number; active: boolean }>();
  readonly #watchers = new Set<Map<string, boolean>>();

  constructor(readonly id: string) {}

  /** Notes a change of membership; false when it, or a later one, was seen before. */
  note(channelId: string, seq: number, active: boolean): boolean {
    const last = this.#changes.get(channelId);
    if (last && last.seq >= seq) return false;
    this.#changes.delete(channelId);
    this.#changes.set(channelId, { seq, active });
    const [oldest] = this.#changes.keys();
    if (this.#changes.size > changesKept && oldest !== undefined) this.#changes.delete(oldest);
    for (const changes of this.#watchers) changes.set(channelId, active);
    return true;
  }

  /** Has a change at or after `seq` been seen? */
  hasSeen(channelId: string, seq: number): boolean {
    return (this.#changes.get(channelId)?.seq ?? -1) >= seq;
  }

  /** Collects what changes from now until `done`: an answer to a question that is out does not know of it. */
  watch(): { changes: ReadonlyMap<string, boolean>; done: () => void } {
    const changes = new Map<string, boolean>();
    this.#watchers.add(changes);
    return { changes, done: () => this.#watchers.delete(changes) };
  }
}
