import { LRUCache } from 'lru-cache';
import { StormError, unavailable } from '@storm/shared/node';
import type { Store } from '@storm/store';

interface Options {
  memberships: Pick<Store['memberships'], 'of'>;
  /** Memberships in memory. */
  capacity?: number;
  /** How long one is believed without asking, in milliseconds. */
  ttlMs?: number;
  /** How long MongoDB may take to say, in milliseconds. */
  timeoutMs?: number;
  now?: () => number;
}

/**
 * Is somebody a member, as far as we know? Keeps what is hopeless out of the queue; the worker decides. Only memberships are
 * remembered, and may be stale while MongoDB is away: members we know can go on sending.
 */
export class AdvisoryAccess {
  /** By user and channel: since when (ms) we know. */
  readonly #members: LRUCache<string, number>;
  readonly #options: Required<Options>;
  /** Until then MongoDB is not asked about members we know: it just did not answer. */
  #awayUntil = 0;

  constructor(options: Options) {
    this.#options = { capacity: 100_000, ttlMs: 30_000, timeoutMs: 1_000, now: Date.now, ...options };
    this.#members = new LRUCache({ max: this.#options.capacity });
  }

  /** Throws NOT_FOUND for who is no member, of whatever channel, and UNAVAILABLE for whom we don't know and can't ask about. */
  async requireMember(userId: string, channelId: string): Promise<void> {
    const key = `${userId} ${channelId}`;
    const { now, ttlMs } = this.#options;
    const since = this.#members.get(key);
    if (since !== undefined && (now() - since < ttlMs || now() < this.#awayUntil)) return;
    let isMember: boolean;
    try {
      isMember = await this.#ask(userId, channelId);
    } catch (error) {
      if (!(error instanceof StormError) || error.code !== 'UNAVAILABLE') throw error;
      this.#awayUntil = now() + 1_000;
      if (since !== undefined) return;
      throw error;
    }
    if (!isMember) {
      this.#members.delete(key);
      throw new StormError('NOT_FOUND');
    }
    this.#members.set(key, now());
  }

  /** What we knew is no longer so. */
  forget(userId: string, channelId: string): void {
    this.#members.delete(`${userId} ${channelId}`);
  }

  async #ask(userId: string, channelId: string): Promise<boolean> {
    const { memberships, timeoutMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(unavailable('The database is away')), timeoutMs);
    });
    try {
      const found = (await Promise.race([memberships.of(channelId, [userId]), late])).get(userId);
      return found !== undefined && found.leftAt === null;
    } finally {
      clearTimeout(timer);
    }
  }
}
