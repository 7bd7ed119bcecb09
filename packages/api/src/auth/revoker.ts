import { randomBytes } from 'node:crypto';
import type { ControlEvent, RedisNames } from '@storm/shared/contracts';
import { packControl, unavailable, type KeyRing, type Redis, type Revocations } from '@storm/shared/node';
import type { AccessChange, Session, Store, User } from '@storm/store';

interface Options {
  store: Pick<Store, 'sessions' | 'users'>;
  redis: Redis;
  names: RedisNames;
  revocations: Revocations;
  intakeSecrets: KeyRing;
  /** How long an access token can be good for, leeway included, in milliseconds. */
  tokenMs: number;
  now?: () => number;
}

/** What is said again with every round, in milliseconds: what a process did not get to say before it died. */
const overlapMs = 60_000;

/**
 * Ends access: in MongoDB first, which is the authority; then in Redis, where every api and gateway looks; then on the user's
 * channel, where live sockets are told at once. UNAVAILABLE means that it is stored and will be told as soon as Redis is back.
 */
export class Revoker {
  constructor(private readonly options: Options) {}

  async endSession({ _id: sid, userId }: Pick<Session, '_id' | 'userId'>): Promise<void> {
    await this.options.store.sessions.revoke(sid, this.#at());
    await this.#tell([{ kind: 'session-ended', userId, sid }]);
  }

  /** All sessions of a user, but for `except`. */
  async endSessionsOf(userId: string, { except }: { except?: string } = {}): Promise<void> {
    const at = this.#at();
    const ended = await this.options.store.sessions.revokeAllOf(userId, except === undefined ? { at } : { at, except });
    await this.#tell(ended.map((sid) => ({ kind: 'session-ended', userId, sid })));
  }

  /** Sets a user's role or activity; the user after, or null when there is none. Tokens from before are refused; who is deactivated is signed out. */
  async changeAccess(userId: string, change: AccessChange): Promise<User | null> {
    const user = await this.options.store.users.changeAccess(userId, change, this.#at());
    if (!user) return null;
    await this.#tell([changed(user)]);
    if (!user.isActive) await this.endSessionsOf(userId);
    return user;
  }

  /** Brings to Redis what it does not know: all that matters after it lost its data, else what happened lately. Do it every few seconds. */
  async catchUp(): Promise<void> {
    const { revocations, tokenMs } = this.options;
    if (await revocations.isLoaded()) return this.#repeat(overlapMs);
    await revocations.loading(() => this.#repeat(tokenMs), randomBytes(12).toString('base64url'));
  }

  async #repeat(lastMs: number): Promise<void> {
    const { store } = this.options;
    const since = new Date((this.options.now ?? Date.now)() - lastMs);
    for (let from = since, after = ''; ;) {
      const page = await store.sessions.revokedSince(from, after);
      await this.#tellNews(page.map(({ _id: sid, userId }) => ({ kind: 'session-ended', userId, sid })));
      const last = page.at(-1);
      if (!last?.revokedAt) break;
      [from, after] = [last.revokedAt, last._id];
    }
    for (let from = since, after = ''; ;) {
      const page = await store.users.accessChangedSince(from, after);
      await this.#tellNews(page.map(changed));
      const last = page.at(-1);
      if (!last?.accessChangedAt) break;
      [from, after] = [last.accessChangedAt, last._id];
    }
  }

  async #tell(events: readonly ControlEvent[]): Promise<void> {
    await this.options.revocations.note(events, this.options.tokenMs);
    await this.#publish(events);
  }

  async #tellNews(events: readonly ControlEvent[]): Promise<void> {
    await this.#publish(await this.options.revocations.note(events, this.options.tokenMs));
  }

  async #publish(events: readonly ControlEvent[]): Promise<void> {
    const { redis, names, intakeSecrets } = this.options;
    try {
      await Promise.all(events.map((event) => redis.publish(names.user(event.userId), packControl(event, intakeSecrets))));
    } catch (error) {
      throw unavailable('Redis does not answer', 1_000, error);
    }
  }

  #at = (): Date => new Date((this.options.now ?? Date.now)());
}

const changed = ({ _id: userId, accessVersion: ver, isActive }: User): ControlEvent => ({
  kind: 'access-changed',
  userId,
  ver,
  isActive,
});
