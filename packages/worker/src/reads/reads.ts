import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@storm/shared/node';
import type { ReadMark } from '@storm/shared/contracts';
import { limits } from '@storm/shared/protocol';
import type { Store } from '@storm/store';
import { byChannel } from '../changes/by-channel.js';
import { Spaced } from '../changes/spaced.js';
import type { Publisher } from '../events/publisher.js';
import { inParallel } from '../in-parallel.js';
import type { ChannelHeads } from '../questions/channel-heads.js';
import { ownReads, receipts } from './receipts.js';

interface Options {
  store: Store;
  heads: ChannelHeads;
  publisher: Publisher;
  log: Logger;
  /** The least time between two writes, in milliseconds. Default: 200. */
  intervalMs?: number;
  /** Users and channels that wait; past it what is new is dropped. Default: 20,000. */
  capacity?: number;
}

/** Without Redis it would wait for ever. */
const lastFlushMs = 2_000;

/**
 * Writes how far users have read, and tells it: to their own devices, and in channels of at most 200 members to the others.
 * Beside the jobs that bring it, so that changes need not wait. Only members read, only forward, and not beyond the last
 * message. While a database is away they wait here; a crash loses them, and the next read makes up for it.
 */
export class Reads {
  #waiting = new Map<string, ReadMark>();
  readonly #writes: Spaced;

  constructor(private readonly options: Options) {
    this.#writes = new Spaced({ write: () => this.#write(), intervalMs: options.intervalMs ?? 200 });
  }

  note(marks: readonly ReadMark[]): void {
    const { capacity = 20_000 } = this.options;
    for (const mark of marks) {
      const key = `${mark.channelId} ${mark.userId}`;
      const waiting = this.#waiting.get(key);
      if (waiting ? waiting.position < mark.position : this.#waiting.size < capacity) this.#waiting.set(key, mark);
    }
    this.#writes.soon();
  }

  /** A last flush; what it can't write soon is lost. */
  async close(): Promise<void> {
    await Promise.race([this.#writes.close(), delay(lastFlushMs, undefined, { ref: false })]);
  }

  /** Writes and tells all that waits. Never throws: what could not be written waits on. */
  flush(): Promise<void> {
    return this.#writes.now();
  }

  async #write(): Promise<void> {
    const marks = [...this.#waiting.values()];
    if (marks.length === 0) return;
    this.#waiting = new Map();
    const { store, publisher, log } = this.options;
    try {
      const further = await this.#further(marks);
      const at = new Date();
      await store.memberships.read(further, at);
      await publisher.tellUsers(ownReads(further, at));
      await publisher.signal(receipts(await this.#inSmallChannels(further), at));
    } catch (error) {
      log.debug({ err: error }, 'read positions could not be written yet');
      this.note(marks);
    }
  }

  /** Those of members, as far as there are messages, if that is further than they were. */
  async #further(marks: readonly ReadMark[]): Promise<ReadMark[]> {
    const { store, heads } = this.options;
    const groups = [...byChannel(marks)];
    const members = await inParallel(groups, async ([channelId, own]) => {
      const found = await store.memberships.of(
        channelId,
        own.map(({ userId }) => userId),
      );
      return own.flatMap((mark) => {
        const membership = found.get(mark.userId);
        return membership && !membership.leftAt ? [{ mark, from: membership.readPosition }] : [];
      });
    });
    const standing = members.flat();
    const ends = await heads.of([...new Set(standing.map(({ mark }) => mark.channelId))]);
    return standing
      .map(({ mark, from }) => {
        return { mark: { ...mark, position: Math.min(mark.position, ends.get(mark.channelId)?.position ?? 0) }, from };
      })
      .filter(({ mark, from }) => mark.position > from)
      .map(({ mark }) => mark);
  }

  async #inSmallChannels(marks: readonly ReadMark[]): Promise<ReadMark[]> {
    const channels = await this.options.store.channels.read([...new Set(marks.map(({ channelId }) => channelId))]);
    return marks.filter(({ channelId }) => (channels.get(channelId)?.memberCount ?? Infinity) <= limits.receiptMembers);
  }
}
