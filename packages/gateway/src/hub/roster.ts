import type { RedisNames } from '@storm/shared/contracts';
import { backoff, StormError, unavailable, type Asker } from '@storm/shared/node';
import { closeCodes, type ChannelCursor, type ChannelState, type ServerPayload } from '@storm/shared/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import { Semaphore } from '../limits/semaphore.js';
import { askMemberships } from './ask-memberships.js';
import { attach, isAttached } from './attach.js';
import type { Channel } from './channel.js';
import type { Hub } from './hub.js';
import { channelsPerUser, LocalUser } from './local-user.js';
import type { Member } from './member.js';
import type { Subscriptions } from './subscriptions.js';
import { followUser, type FollowOptions, type UserEventOptions } from './user-events.js';

export interface RosterOptions extends UserEventOptions {
  hub: Hub;
  subscriptions: Subscriptions;
  names: RedisNames;
  asker: Asker;
}

const usersAtOnce = 64;
/** A row says that somebody joined; the event to the user says what. So long it may take before we ask. */
const joinGraceMs = 500;

/**
 * Who is connected here, and in which channels. MongoDB is the authority (the worker is asked); in between, rows of the
 * channels and events to the user are followed. Whoever was removed gets nothing more from that moment on.
 */
export class Roster {
  readonly users = new Map<string, LocalUser>();
  readonly #slots = new Semaphore(usersAtOnce);
  readonly #events: FollowOptions;

  constructor(private readonly options: RosterOptions) {
    this.#events = {
      ...options,
      onJoined: (user, channel) => {
        if (user.channels.size >= channelsPerUser)
          return options.log.warn({ userId: user.id }, 'a user joined more channels than are followed live');
        user.channels.add(channel.id);
        void this.#welcome(user, channel);
      },
      onLeft: (user, channelId, seq) => this.#leave(user, channelId, seq),
    };
  }

  add(userId: string, member: Member): LocalUser {
    const user = this.users.get(userId) ?? new LocalUser(userId);
    this.users.set(userId, user);
    user.members.add(member);
    return user;
  }

  remove(user: LocalUser, member: Member): void {
    const { hub, subscriptions, names } = this.options;
    if (!user.members.delete(member)) return;
    for (const id of user.channels) {
      const channel = hub.channels.get(id);
      if (channel?.detach(member)) hub.dropIfIdle(channel);
    }
    if (user.members.size > 0 || this.users.get(user.id) !== user) return;
    this.users.delete(user.id);
    if (user.subscribed) subscriptions.remove(names.user(user.id));
  }

  /**
   * Checks whether a member's token holds, once what is told of its user arrives here; closes it if not. Rejects with
   * `UNAVAILABLE` when that can't be known now: `join` goes on asking.
   */
  async clear(user: LocalUser, member: Member): Promise<void> {
    await this.#subscribe(user);
    await this.options.access.clear(member);
  }

  /**
   * Asks for a member's channels, joins them and announces them: in `connection.ready`, then in `channels.more`. Without a
   * worker it is ready at once, `degraded`, and its channels follow when one is back. Resolves when all are joined, or the
   * member is closed; never rejects.
   *
   * @param looked the first `clear`, which is under way
   */
  async join(user: LocalUser, member: Member, looked: Promise<void>): Promise<void> {
    const { access } = this.options;
    let told = false;
    const announce = (channels: ChannelCursor[], hasMore: boolean) => {
      if (told) member.send('channels.more', { channels, hasMore });
      else member.ready(channels, false);
      told = true;
    };
    for (let attempt = 0; !member.closed; attempt++) {
      try {
        if (attempt === 0) await looked;
        if (!access.isCurrent(member)) await this.clear(user, member);
        for (let round = 0; round < 3 && !member.closed; round++) {
          await attach({ user, member, cursors: await this.#ask(user), announce }, this.options);
          if (member.closed || isAttached(user, member, this.options.hub)) return;
        }
        if (member.closed) return;
        throw unavailable('the memberships change too fast');
      } catch (error) {
        this.#explain(error);
        if (!told && !member.closed) member.ready([], true);
        told = true;
        await delay(backoff(attempt, { base: 200, cap: 5_000 }), undefined, { ref: false });
      }
    }
  }

  /** Asks again what a user's channels are, and makes it so. Goes on until it is known. */
  refresh(user: LocalUser): void {
    if (user.refreshing) return;
    user.refreshing = true;
    void this.#verify(user, () => true).finally(() => (user.refreshing = false));
  }

  /** After a broken link: asks for all users, and whose access still holds. Resolves when all is known, or `current` is false. */
  async verifyAll(current: () => boolean): Promise<void> {
    const users = [...this.users.values()];
    const known = users.filter((user) => user.known);
    // Those that never were checked are joining, and see to it themselves.
    const members = users.flatMap((user) => [...user.members].filter(({ clearedIn }) => clearedIn !== undefined));
    await Promise.all([
      this.options.access.clearAll(members, current),
      ...known.map((user) => this.#slots.run(() => this.#verify(user, current))),
    ]);
  }

  /** A channel's own rows: in order, and final. */
  follow({ channelId, changes }: ServerPayload<'channel.changed'>): void {
    for (const { kind, userId, actorId, seq } of changes) {
      const user = this.users.get(userId ?? actorId);
      if (!user) continue;
      if (kind === 'left' && user.note(channelId, seq, false)) this.#leave(user, channelId, seq);
      if (kind === 'joined' && this.#contradicts(user, channelId, seq, true)) {
        setTimeout(() => {
          if (this.#contradicts(user, channelId, seq, true)) this.refresh(user);
        }, joinGraceMs).unref();
      }
    }
  }

  /** A worker says that a membership is so as of `seq`: asks, if it is not so here. */
  compare(userId: string, channelId: string, seq: number, active: boolean): void {
    const user = this.users.get(userId);
    if (user?.known && this.#contradicts(user, channelId, seq, active)) this.refresh(user);
  }

  #contradicts(user: LocalUser, channelId: string, seq: number, active: boolean): boolean {
    const isMember = user.channels.has(channelId);
    return user.members.size > 0 && isMember !== active && !user.hasSeen(channelId, seq);
  }

  async #verify(user: LocalUser, current: () => boolean): Promise<void> {
    for (let attempt = 0; user.members.size > 0 && current(); attempt++) {
      try {
        const cursors = await this.#ask(user);
        for (const member of user.members) {
          if (!member.isReady) continue; // it is joining, and sees to it itself
          const announce = (channels: ChannelCursor[]) => {
            if (channels.length > 0) member.send('channels.more', { channels, hasMore: false });
          };
          await attach({ user, member, cursors, announce, onlyNew: true }, this.options);
        }
        return;
      } catch (error) {
        this.#explain(error);
        if (!(error instanceof StormError) || error.code !== 'UNAVAILABLE') {
          for (const member of user.members) member.close(closeCodes.internal, 'memberships are unknown');
          return;
        }
        await delay(backoff(attempt, { base: 100, cap: 2_000 }), undefined, { ref: false });
      }
    }
  }

  /** Puts the question once for all who ask in the same life of the link, and brings the user's channels up to the answer. */
  #ask(user: LocalUser): Promise<ChannelCursor[]> {
    const { generation } = this.options.subscriptions;
    if (user.asking?.generation === generation) return user.asking.answer;
    const asking = { generation, answer: this.#askAnew(user, generation) };
    user.asking = asking;
    const done = () => {
      if (user.asking === asking) user.asking = undefined;
    };
    asking.answer.then(done, done);
    return asking.answer;
  }

  async #askAnew(user: LocalUser, generation: number): Promise<ChannelCursor[]> {
    await this.#subscribe(user);
    const { changes, done } = user.watch();
    try {
      const cursors = await askMemberships(user.id, this.options);
      if (generation !== this.options.subscriptions.generation) throw unavailable('the link for events broke');
      if (changes.size >= channelsPerUser) throw unavailable('the memberships change too fast');
      return this.#reconcile(user, cursors, changes);
    } finally {
      done();
    }
  }

  /** What an event said while the question was out is newer than the answer. */
  #reconcile(user: LocalUser, cursors: ChannelCursor[], changes: ReadonlyMap<string, boolean>): ChannelCursor[] {
    const current = cursors.filter(({ channelId }) => changes.get(channelId) !== false);
    const ids = new Set(current.map(({ channelId }) => channelId));
    for (const [id, active] of changes) if (active && user.channels.has(id) && ids.size < channelsPerUser) ids.add(id);
    for (const id of user.channels) if (!ids.has(id)) this.#leave(user, id, this.options.hub.channels.get(id)?.delivered ?? 0);
    for (const id of ids) user.channels.add(id);
    user.known = true;
    return current;
  }

  #subscribe(user: LocalUser): Promise<void> {
    const { subscriptions, names } = this.options;
    if (user.subscribed) return user.subscribed;
    const receive = (message: Buffer) => followUser(user, message, this.#events);
    const subscribed = subscriptions.add(new Map([[names.user(user.id), receive]]));
    user.subscribed = subscribed;
    subscribed.catch(() => {
      if (user.subscribed === subscribed) user.subscribed = undefined;
    });
    return subscribed;
  }

  async #welcome(user: LocalUser, state: ChannelState): Promise<void> {
    const { hub } = this.options;
    try {
      const channels = await hub.enter([{ channelId: state.id, seq: state.seq, position: state.position }]);
      try {
        const [channel] = channels;
        if (!channel || !user.channels.has(state.id)) return; // it left meanwhile
        for (const member of user.members) {
          if (!member.isReady || !channel.attach(member)) continue; // one that is joining sees to it itself
          member.send('channel.joined', stateAt(channel, state, user));
          if (channel.delivered > state.seq) member.catchUp(state.id, state.seq);
        }
      } finally {
        hub.leave(channels);
      }
    } catch (error) {
      this.#explain(error);
      this.refresh(user);
    }
  }

  #leave(user: LocalUser, channelId: string, seq: number): void {
    const { hub } = this.options;
    if (!user.channels.delete(channelId)) return;
    const channel = hub.channels.get(channelId);
    if (!channel) return;
    for (const member of user.members) if (channel.detach(member)) member.send('channel.left', { channelId, seq });
    hub.dropIfIdle(channel);
  }

  #explain(error: unknown): void {
    const expected = error instanceof StormError && error.code === 'UNAVAILABLE';
    this.options.log[expected ? 'debug' : 'warn']({ err: error }, 'memberships could not be brought up to date');
  }
}

/** The channel as its new member learns of it: as of when it joined, unless what is delivered is not yet there. */
function stateAt({ delivered, position: at }: Channel, state: ChannelState, user: LocalUser): ChannelState {
  const { seq, position } = delivered < state.seq ? { seq: delivered, position: at } : state;
  const readPosition = Math.max(state.readPosition ?? position, user.readPosition(state.id));
  return { ...state, seq, position, readPosition, unread: Math.max(0, position - readPosition) };
}
