import { isDm, notificationIdOf, type UserEvent } from '@storm/shared/contracts';
import { limits } from '@storm/shared/protocol';
import type { EditRow, Notification, Store, TimelineRow } from '@storm/store';
import { LRUCache } from 'lru-cache';
import { byChannel } from '../changes/by-channel.js';
import type { Publisher } from '../events/publisher.js';
import { bellsOf, ringing, type Bell } from './bells.js';

interface Options {
  store: Pick<Store, 'notifications' | 'memberships' | 'timeline'>;
  publisher: Publisher;
  /** Direct messages whose two are in memory. Default: 10,000. */
  pairs?: number;
}

/**
 * Tells users of messages that mention them or are for them alone: ids, never text. One per user and message is stored,
 * however often the rows are done again; what is new is told live, at most once.
 */
export class Notifier {
  /** The two of a direct message are so for good. */
  readonly #pairs: LRUCache<string, readonly string[]>;

  constructor(private readonly options: Options) {
    this.#pairs = new LRUCache({ max: options.pairs ?? 10_000 });
  }

  /** Asks nobody where there is nothing to tell. Throws what MongoDB and Redis throw. */
  async run(rows: readonly TimelineRow[]): Promise<void> {
    const rung = ringing(rows);
    if (rung.length === 0) return;
    const { store, publisher } = this.options;
    const pairs = await this.#pairsOf(rung.map(({ channelId }) => channelId).filter(isDm));
    const seqs = await this.#messageSeqs(rung.filter((row) => row.kind === 'edit'));
    const bells = bellsOf(rung, {
      partnerOf: (dmId, userId) => pairs.get(dmId)?.find((other) => other !== userId),
      messageSeqOf: ({ channelId, target }) => seqs.get(`${channelId} ${target}`),
    });
    // The first of a user and message counts: an edit may follow its message in the same job.
    const wanted = new Map<string, Notification>();
    for (const notification of bells.map(toNotification))
      if (!wanted.has(notification._id)) wanted.set(notification._id, notification);
    const made = await store.notifications.insertNew([...wanted.values()]);
    await publisher.tellUsers(made.map((notification) => ({ userId: notification.userId, event: toEvent(notification) })));
  }

  async #pairsOf(dmIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const pairs = new Map<string, readonly string[]>();
    for (const dmId of new Set(dmIds)) {
      const known = this.#pairs.get(dmId) ?? (await this.#readPair(dmId));
      if (known.length === 2) this.#pairs.set(dmId, known);
      pairs.set(dmId, known);
    }
    return pairs;
  }

  async #readPair(dmId: string): Promise<string[]> {
    return (await this.options.store.memberships.members(dmId, { limit: 2 })).map(({ userId }) => userId);
  }

  /** By channel and position. */
  async #messageSeqs(edits: readonly EditRow[]): Promise<Map<string, number>> {
    const seqs = new Map<string, number>();
    for (const [channelId, own] of byChannel(edits)) {
      const positions = [...new Set(own.map(({ target }) => target))];
      for (const { position, seq } of await this.options.store.timeline.messagesAt(channelId, positions))
        seqs.set(`${channelId} ${position}`, seq);
    }
    return seqs;
  }
}

function toNotification({ type, userId, at, ...data }: Bell): Notification {
  const key = `${data.channelId}:${data.seq}`;
  const expiresAt = new Date(at.getTime() + limits.notificationDays * 86_400_000);
  return { _id: notificationIdOf(userId, key), userId, type, data, key, readAt: null, createdAt: at, expiresAt };
}

const toEvent = ({ _id: id, type, data, createdAt }: Notification): UserEvent => ({
  kind: 'notification',
  notification: { id, type, data, createdAt: createdAt.getTime() },
});
