import type { RedisNames, UserEvent } from '@storm/shared/contracts';
import type { Redis } from '@storm/shared/node';
import type { MembershipOp, Store, TimelineRow } from '@storm/store';
import type { ChannelKeys } from '../crypto/channel-keys.js';
import { hasText, readText, type TextRow } from '../crypto/text.js';
import { eventsOf } from '../events/frames.js';
import type { Publisher } from '../events/publisher.js';
import type { Notifier } from '../notifications/notifier.js';
import { byChannel } from './by-channel.js';
import type { End } from './channel-state.js';
import { channelState } from './channel-view.js';
import { releaseOldNames } from './release-names.js';
import type { Settler } from './settler.js';
import { targetsOf, type Targets } from './targets.js';

interface Options {
  store: Store;
  keys: ChannelKeys;
  publisher: Publisher;
  notifier: Notifier;
  settler: Settler;
  redis: Redis;
  names: RedisNames;
  now?: () => number;
}

type Text = (row: TextRow) => string | null | undefined;

/**
 * What follows the insert of rows, in this order: targets, recent log and head, publishing, notifications, and, within a
 * second and with others, read positions and `heads`. All of it is idempotent, and is redone by whoever finds rows above `heads`.
 */
export class FollowUps {
  constructor(private readonly options: Options) {}

  /** `rows`: without a hole in each channel. `ends`: where each channel ends with them. Throws what MongoDB and Redis throw. */
  async run(rows: readonly TimelineRow[], ends: ReadonlyMap<string, End>, text: Text): Promise<void> {
    if (rows.length === 0) return;
    const { publisher, notifier, settler } = this.options;
    const targets = targetsOf(rows);
    await this.#setTargets(targets, rows);
    const publications = [...byChannel(rows)].map(([channelId, own]) => {
      const { seq, position } = ends.get(channelId) ?? { seq: 0, position: 0 };
      return { channelId, seq, position, events: eventsOf(own, text) };
    });
    await publisher.publish(publications);
    await this.#tellUsers(targets.memberships);
    await notifier.run(rows);
    settler.moved(rows, publications);
    if (settler.full) await settler.flush();
  }

  /** The same for rows found above `heads`. Texts that are published already are not opened again. */
  async redo(rows: readonly TimelineRow[], ends: ReadonlyMap<string, End>): Promise<void> {
    const published = await this.options.publisher.heads([...new Set(rows.map(({ channelId }) => channelId))]);
    const texts = new Map<TimelineRow, string | null | undefined>();
    for (const row of rows) {
      if (hasText(row) && row.seq > (published.get(row.channelId)?.seq ?? 0))
        texts.set(row, await readText(row, this.options.keys));
    }
    await this.run(rows, ends, (row) => texts.get(row));
  }

  async #setTargets({ messages, reactions, channels, memberships }: Targets, rows: readonly TimelineRow[]): Promise<void> {
    const { store, keys } = this.options;
    await store.reactions.apply(reactions);
    await store.timeline.apply(messages);
    await store.channels.apply(channels);
    await store.memberships.apply(memberships);
    for (const row of rows) {
      if (row.kind !== 'system') continue;
      if (row.system.kind === 'erased') {
        await store.channelKeys.erase(row.channelId);
        keys.forget(row.channelId);
      }
      if (row.system.kind === 'renamed' && row.system.name) {
        await releaseOldNames(row.channelId, { bears: row.system.name.toLowerCase(), seq: row.seq }, store);
      }
    }
  }

  /** To the devices of those who came or went: the channel, as their lists show it. */
  async #tellUsers(moves: readonly MembershipOp[]): Promise<void> {
    const relevant = moves.filter(({ joined, left }) => joined ?? left);
    if (relevant.length === 0) return;
    const { store, publisher, redis, names, now = Date.now } = this.options;
    for (const [channelId, own] of byChannel(relevant)) {
      const at = now();
      const moved = own.flatMap(({ userId, seq, joined }) => [at, `${userId} ${channelId} ${seq} ${joined ? 1 : 0}`]);
      await redis.zadd(names.movedMembers(names.shardOf(channelId)), ...moved);
    }
    const channels = await store.channels.read([...new Set(relevant.map(({ channelId }) => channelId))]);
    const events = relevant.flatMap(({ userId, channelId, seq, joined }): { userId: string; event: UserEvent }[] => {
      if (!joined) return [{ userId, event: { kind: 'left', channelId, seq } }];
      const stored = channels.get(channelId);
      if (!stored) return [];
      const { role, position } = joined;
      const channel = {
        ...channelState(stored, { seq, position }),
        myRole: role,
        readPosition: position,
        unread: 0,
        mentions: 0,
      };
      return [{ userId, event: { kind: 'joined', channelId, seq, channel } }];
    });
    await publisher.tellUsers(events);
  }
}
