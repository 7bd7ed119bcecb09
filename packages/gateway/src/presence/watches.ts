import { profileChanged, type RedisNames } from '@storm/shared/contracts';
import { backoff, readPresences, seenPresence, StormError, unavailable, type Logger, type Redis } from '@storm/shared/node';
import { limits, type Presence } from '@storm/shared/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import type { Subscriptions } from '../hub/subscriptions.js';
import { eventFrame } from '../outbox/frame.js';
import { changedFrames } from './changed-frames.js';
import { Subscription, type Watcher } from './subscription.js';
import type { Visibility } from './visibility.js';
import { Watched } from './watched.js';

interface Options {
  redis: Redis;
  subscriptions: Subscriptions;
  names: RedisNames;
  visibility: Visibility;
  /** Is it known that this connection's token still holds? */
  mayHear: (watcher: Watcher) => boolean;
  log: Logger;
  /** How often what could not be told is tried again, in milliseconds. */
  retryMs?: number;
  /** Users watched here at once, and connections watching one, over all of them. */
  watchedMax?: number;
  watchingMax?: number;
}

const usersAtOnce = 200;
const profile = Buffer.from(profileChanged);

/**
 * Who of this gateway's connections watches whom. One Redis subscription for each user who is watched, so that a change costs a
 * message to each gateway where somebody watches, and a frame to each who does. After a broken link all is read again.
 */
export class Watches {
  readonly #watched = new Map<string, Watched<Subscription>>();
  readonly #byWatcher = new Map<Watcher, Map<string, Subscription>>();
  /** To be told when the outbox has room, or the token was checked. */
  readonly #later = new Set<Subscription>();
  readonly #frameOf = changedFrames();
  #watching = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: Options) {}

  /** Users who are watched here. */
  get size(): number {
    return this.#watched.size;
  }

  start(): void {
    this.#timer = setInterval(() => this.#retry(), this.options.retryMs ?? 500).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Begins to watch users, and says how they are now. Rejects with REFUSED for too many, and with UNAVAILABLE when it can't be
   * known: then none of them is watched that was not before.
   */
  async subscribe(watcher: Watcher, userIds: readonly string[]): Promise<Presence[]> {
    const mine = this.#byWatcher.get(watcher) ?? new Map<string, Subscription>();
    const fresh = [...new Set(userIds)].filter((userId) => !mine.has(userId));
    if (mine.size + fresh.length > limits.presenceSubscriptions)
      throw new StormError('REFUSED', { message: `A connection watches at most ${limits.presenceSubscriptions} users` });
    const { watchedMax = 200_000, watchingMax = 1_000_000 } = this.options;
    if (this.#watched.size + fresh.length > watchedMax || this.#watching + fresh.length > watchingMax)
      throw unavailable('too many users are watched here', 5_000);
    this.#byWatcher.set(watcher, mine);
    const added = this.#add(watcher, fresh, mine);
    const wanted = userIds.flatMap((userId) => mine.get(userId) ?? []);
    try {
      await Promise.all(wanted.map(({ watched }) => watched.opened));
      await this.#clarify(watcher, wanted);
    } catch (error) {
      for (const subscription of added) this.#drop(subscription);
      throw error;
    }
    return [...new Set(wanted)].map((subscription) => {
      const view = this.#viewOf(subscription) ?? subscription.watched.viewFor(false);
      subscription.begin(view);
      return view;
    });
  }

  unsubscribe(watcher: Watcher, userIds: readonly string[]): void {
    const mine = this.#byWatcher.get(watcher);
    for (const userId of userIds) {
      const subscription = mine?.get(userId);
      if (subscription) this.#drop(subscription);
    }
  }

  /** A connection is gone. */
  leave(watcher: Watcher): void {
    for (const subscription of this.#byWatcher.get(watcher)?.values() ?? []) this.#drop(subscription);
    this.#byWatcher.delete(watcher);
  }

  /** The link is back, with everything subscribed again: what was published meanwhile is lost. Goes on until all is read. */
  async restore(): Promise<void> {
    const { subscriptions, log } = this.options;
    const { generation } = subscriptions;
    const all = [...this.#watched.values()];
    for (let at = 0, attempt = 0; at < all.length && generation === subscriptions.generation;) {
      try {
        await this.#read(all.slice(at, at + usersAtOnce));
        [at, attempt] = [at + usersAtOnce, 0];
      } catch (error) {
        log.debug({ err: error }, 'presence could not be read');
        await delay(backoff(attempt++, { base: 50, cap: 1_000 }), undefined, { ref: false });
      }
    }
  }

  #add(watcher: Watcher, userIds: readonly string[], mine: Map<string, Subscription>): Subscription[] {
    const unknown: Watched<Subscription>[] = [];
    const added = userIds.map((userId) => {
      const known = this.#watched.get(userId);
      const watched = known ?? new Watched<Subscription>(userId);
      if (!known) unknown.push(watched);
      this.#watched.set(userId, watched);
      const subscription = new Subscription(watcher, watched);
      watched.subscriptions.add(subscription);
      mine.set(userId, subscription);
      this.#watching += 1;
      return subscription;
    });
    if (unknown.length > 0) {
      const opened = this.#open(unknown);
      for (const watched of unknown) watched.opened = opened;
    }
    return added;
  }

  /** Subscribes and then reads, so that no change falls between. */
  async #open(all: readonly Watched<Subscription>[]): Promise<void> {
    const { subscriptions, names } = this.options;
    try {
      await subscriptions.add(
        new Map(
          all.map((watched) => [names.presence(watched.userId).changes, (message: Buffer) => this.#receive(watched, message)]),
        ),
      );
      await this.#read(all);
    } catch (error) {
      for (const watched of all) this.#forget(watched);
      throw error instanceof StormError ? error : unavailable('Redis does not answer', 1_000, error);
    }
  }

  async #read(all: readonly Watched<Subscription>[]): Promise<void> {
    const before = all.map(({ version }) => version);
    const found = await readPresences(
      all.map(({ userId }) => userId),
      this.options,
    );
    all.forEach((watched, i) => {
      const presence = found.get(watched.userId);
      if (presence && watched.read(presence, before[i] ?? 0)) this.#tellAll(watched);
    });
  }

  #receive(watched: Watched<Subscription>, message: Buffer): void {
    if (message.equals(profile)) return this.#tellOfNames(watched);
    const [shown = '', seen = '', version = ''] = message.toString('latin1').split(' ');
    if (watched.hear(seenPresence(shown, seen, version))) this.#tellAll(watched);
  }

  /** At most once, and to all who watch: names are no secret. */
  #tellOfNames({ userId, subscriptions }: Watched<Subscription>): void {
    const frame = eventFrame('user.changed', { userId });
    for (const { watcher } of subscriptions) if (this.options.mayHear(watcher)) watcher.pushEphemeral(frame);
  }

  #tellAll(watched: Watched<Subscription>): void {
    for (const subscription of watched.subscriptions) this.#tell(subscription);
  }

  #tell(subscription: Subscription): void {
    const { watched } = subscription;
    const view = this.#viewOf(subscription);
    if (!view) {
      watched.unclear.add(subscription);
      void this.#clear(watched);
    } else if (!this.options.mayHear(subscription.watcher) || !subscription.tell(view, this.#frameOf))
      this.#later.add(subscription);
  }

  #retry(): void {
    for (const subscription of this.#later) {
      if (!this.options.mayHear(subscription.watcher)) continue;
      this.#later.delete(subscription);
      this.#tell(subscription);
    }
  }

  /** Undefined when it is not known what may be told. */
  #viewOf({ watcher, watched }: Subscription): Presence | undefined {
    const viewer = watcher.bearer?.sub;
    if (viewer === undefined) return watched.viewFor(false);
    const mayKnow = viewer === watched.userId || this.options.visibility.get(viewer, watched.userId);
    return mayKnow === undefined ? undefined : watched.viewFor(mayKnow);
  }

  /** Asks who of those that somebody watches may be seen by them. */
  async #clarify(watcher: Watcher, wanted: readonly Subscription[]): Promise<void> {
    const viewer = watcher.bearer?.sub;
    if (viewer === undefined) return;
    const { visibility } = this.options;
    const unclear = wanted.filter((subscription) => {
      const { userId, isSeenUnknown } = subscription.watched;
      const known = visibility.get(viewer, userId);
      return userId !== viewer && (known === undefined || (known && isSeenUnknown));
    });
    if (unclear.length === 0) return;
    const seen = await visibility.ask(
      viewer,
      unclear.map(({ watched }) => watched.userId),
    );
    for (const { watched } of unclear) if (seen.has(watched.userId)) watched.noteSeen(seen.get(watched.userId) ?? null);
  }

  /** Asks who of those that watch somebody may see it, and tells them. One question for many, however many they are. */
  async #clear(watched: Watched<Subscription>): Promise<void> {
    if (watched.isClarifying) return;
    watched.isClarifying = true;
    for (let attempt = 0; watched.unclear.size > 0;) {
      await Promise.resolve(); // those of the same turn come along
      const some = [...watched.unclear].slice(0, usersAtOnce);
      try {
        const viewers = new Set(some.flatMap(({ watcher }) => watcher.bearer?.sub ?? []));
        await this.options.visibility.ask(watched.userId, [...viewers]);
        for (const subscription of some) if (watched.unclear.delete(subscription)) this.#tell(subscription);
        attempt = 0;
      } catch (error) {
        this.options.log.debug({ err: error }, 'whom a change may be told is not known yet');
        await delay(backoff(attempt++, { base: 200, cap: 5_000 }), undefined, { ref: false });
      }
    }
    watched.isClarifying = false;
  }

  #drop(subscription: Subscription): void {
    const { watcher, watched } = subscription;
    const mine = this.#byWatcher.get(watcher);
    if (mine?.get(watched.userId) === subscription) mine.delete(watched.userId);
    if (mine?.size === 0) this.#byWatcher.delete(watcher);
    if (watched.subscriptions.delete(subscription)) this.#watching -= 1;
    watched.unclear.delete(subscription);
    this.#later.delete(subscription);
    if (watched.subscriptions.size === 0) this.#forget(watched);
  }

  #forget(watched: Watched<Subscription>): void {
    if (this.#watched.get(watched.userId) !== watched) return;
    this.#watched.delete(watched.userId);
    this.options.subscriptions.remove(this.options.names.presence(watched.userId).changes);
  }
}
