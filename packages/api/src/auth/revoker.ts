import { randomBytes } from 'node:crypto';
import type { AccessEvent } from '@storm/shared/contracts';
import type { KeyRing, Revocations } from '@storm/shared/node';
import type { AccessChange, Session, Store, User } from '@storm/store';

interface Options {
  store: Pick<Store, 'sessions' | 'users'>;
  revocations: Revocations;
  intakeSecrets: KeyRing;
  /** How long an access token can be good for, leeway included, in milliseconds. */
  tokenMs: number;
  now?: () => number;
}

/** What is said again with every round, in milliseconds: clocks of several apis differ, and writes take their time. */
const overlapMs = 60_000;

/**
 * Ends access: in MongoDB first, which is the authority; then in Redis, where every api and gateway looks, and in the same step on
 * the user's channel, where live sockets are told. UNAVAILABLE means that it is stored and will be told as soon as Redis is back.
 */
export class Revoker {
  /** Redis has heard of everything before this time. */
  #toldUntil = -Infinity;

  constructor(private readonly options: Options) {}

  async endSession({ _id: sid, userId }: Pick<Session, '_id' | 'userId'>): Promise<void> {
    await this.options.store.sessions.revoke(sid, this.#at());
    await this.#tell([{ kind: 'session-ended', userId, sid }]);
  }

  /** All sessions of a user, but for `except`. */
  async endSessionsOf(userId: string, { except }: { except?: string } = {}): Promise<void> {
    await this.#tell(await this.#revokeAllOf(userId, except));
  }

  /** Sets a user's role or activity; the user after, or null when there is none. Tokens from before are refused; who is deactivated is signed out. */
  async changeAccess(userId: string, change: AccessChange): Promise<User | null> {
    if (change.isActive) await this.endSessionsOf(userId); // those that a deactivation which died half-way left open
    const user = await this.options.store.users.changeAccess(userId, change, this.#at());
    if (user) await this.tellAccess(user);
    return user;
  }

  /** Tells where a user's access stands. That it is stored does not mean that it was told: whoever asks for the same again is to have that. */
  async tellAccess(user: User): Promise<void> {
    const ended = user.isActive ? [] : await this.#revokeAllOf(user._id);
    await this.#tell([changed(user), ...ended]);
  }

  /**
   * Brings to Redis what it does not know: all that matters after it lost its data, else what happened since the last time; at
   * the first time all, too, as an api may have died, long ago, between storing and telling. Do it every few seconds.
   */
  async catchUp(): Promise<void> {
    const { revocations, tokenMs } = this.options;
    const now = this.#at().getTime();
    const oldest = now - tokenMs;
    if (await revocations.isLoaded()) await this.#repeat(Math.max(oldest, this.#toldUntil - overlapMs));
    else await revocations.loading(() => this.#repeat(oldest), randomBytes(12).toString('base64url'));
    this.#toldUntil = now;
  }

  async #repeat(sinceMs: number): Promise<void> {
    const { store } = this.options;
    const since = new Date(sinceMs);
    for (let from = since, after = ''; ;) {
      const page = await store.sessions.revokedSince(from, after);
      await this.#tell(page.map(({ _id: sid, userId }) => ({ kind: 'session-ended', userId, sid })));
      const last = page.at(-1);
      if (!last?.revokedAt) break;
      [from, after] = [last.revokedAt, last._id];
    }
    for (let from = since, after = ''; ;) {
      const page = await store.users.accessChangedSince(from, after);
      await this.#tell(page.map(changed));
      const last = page.at(-1);
      if (!last?.accessChangedAt) break;
      [from, after] = [last.accessChangedAt, last._id];
    }
  }

  /** What ended, and what had ended before and may not have been told. */
  async #revokeAllOf(userId: string, except?: string): Promise<AccessEvent[]> {
    const at = this.#at();
    const since = new Date(at.getTime() - this.options.tokenMs);
    const chosen = except === undefined ? { at, since } : { at, since, except };
    const ended = await this.options.store.sessions.revokeAllOf(userId, chosen);
    return ended.map((sid) => ({ kind: 'session-ended', userId, sid }));
  }

  #tell(events: readonly AccessEvent[]): Promise<void> {
    const { revocations, tokenMs: ttlMs, intakeSecrets } = this.options;
    return revocations.note(events, { ttlMs, intakeSecrets });
  }

  #at = (): Date => new Date((this.options.now ?? Date.now)());
}

const changed = ({ _id: userId, accessVersion: ver, isActive }: User): AccessEvent => ({
  kind: 'access-changed',
  userId,
  ver,
  isActive,
});
