import { isTypingSignal, unpackEvents, MalformedEvents, type RedisNames } from '@storm/shared/contracts';
import { unavailable, type Asker, type EventOpener, type Logger, type Redis } from '@storm/shared/node';
import type { ServerPayload } from '@storm/shared/protocol';
import { Channel } from './channel.js';
import { readHeads, type Head } from './heads.js';
import { Healer } from './healer.js';
import { HeldBudget } from './held-back.js';
import { readRecentLog } from './recent-log.js';
import type { Subscriptions } from './subscriptions.js';

export interface HubOptions {
  redis: Redis;
  subscriptions: Subscriptions;
  names: RedisNames;
  opener: EventOpener;
  asker: Asker;
  log: Logger;
  /** Channels with local members that this process may hold. */
  maxChannels: number;
  /** How long a hole may stay, in milliseconds. */
  giveUpMs: number;
  now: () => number;
  /** Of the database's present life. */
  epoch: () => string;
  onChanged: (changed: ServerPayload<'channel.changed'>) => void;
  /** Something came that is no event of the channel's; see `isTypingSignal`. */
  onTyping: (channel: Channel, message: Buffer) => void;
}

/** A channel that somebody wants in, and its head as far as the asker knows it. */
export type Entrance = Head & { channelId: string };

/**
 * The chat channels with members on this gateway: one Redis subscription each, dropped with the last member. While `paused`
 * (after a broken link, until memberships are known again) nothing is delivered.
 */
export class Hub {
  readonly channels = new Map<string, Channel>();
  readonly counts = { events: 0, deliveries: 0, unopened: 0 };
  readonly held = new HeldBudget();
  readonly #healer: Healer;
  #paused = false;

  constructor(private readonly options: HubOptions) {
    this.#healer = new Healer({
      ...options,
      recentLog: (channelId, range) => this.recentLog(channelId, range),
      onHopeless: (channel) => this.#discard(channel),
    });
  }

  get paused(): boolean {
    return this.#paused;
  }

  get healing(): number {
    return this.#healer.size;
  }

  recentLog(channelId: string, range: { after: number; count: number }) {
    const { redis, names, epoch } = this.options;
    return readRecentLog(channelId, range, { redis, names, epoch: epoch() });
  }

  /** What the head key of a channel says; undefined without one. */
  async headOf(channelId: string): Promise<Head | undefined> {
    return (await this.#heads([channelId])).get(channelId);
  }

  /**
   * Subscribes to channels and reads where they stand, in that order, so that nothing falls between. They are pinned: call
   * `leave` with them when the members are attached. Rejects with `UNAVAILABLE` when the link breaks, or the hub is full.
   */
  async enter(wanted: readonly Entrance[]): Promise<Channel[]> {
    const fresh: (Entrance & { channel: Channel })[] = [];
    const channels = wanted.map((entrance) => {
      const known = this.channels.get(entrance.channelId);
      const channel = known ?? this.#create(entrance.channelId);
      if (!known) fresh.push({ ...entrance, channel });
      channel.pins += 1;
      return channel;
    });
    if (fresh.length > 0) {
      const opened = this.#open(fresh);
      for (const { channel } of fresh) channel.opened = opened;
    }
    try {
      await Promise.all(channels.map((channel) => channel.opened ?? Promise.resolve()));
      if (channels.some((channel) => channel.closed)) throw unavailable('a channel was closed');
      return channels;
    } catch (error) {
      this.leave(channels);
      throw error;
    }
  }

  /** Takes back the pins of `enter`. */
  leave(channels: readonly Channel[]): void {
    for (const channel of channels) {
      channel.pins -= 1;
      this.dropIfIdle(channel);
    }
  }

  /** Forgets a channel without members. */
  dropIfIdle(channel: Channel): void {
    if (channel.idle) this.#discard(channel);
  }

  /** Somebody says that `channelId` is at `seq`: fills what is missing. */
  catchUp(channelId: string, seq: number): void {
    const channel = this.channels.get(channelId);
    if (!channel || seq <= channel.delivered) return;
    channel.note(seq);
    if (channel.flowing) this.#healer.heal(channel);
  }

  pause(): void {
    this.#paused = true;
    for (const channel of this.channels.values()) channel.pause();
  }

  /** Compares all heads with what was delivered. */
  async compareHeads(): Promise<void> {
    const ids = [...this.channels.keys()];
    for (let at = 0; at < ids.length; at += headsAtOnce) {
      const heads = await this.#heads(ids.slice(at, at + headsAtOnce));
      for (const [id, { seq }] of heads) this.channels.get(id)?.note(seq);
    }
  }

  /** Delivers again, from where each channel stood. */
  flow(): void {
    this.#paused = false;
    for (const channel of this.channels.values()) if (!channel.flowing) channel.flow();
  }

  close(): void {
    for (const channel of this.channels.values()) channel.close();
    this.channels.clear();
  }

  #create(channelId: string): Channel {
    const { opener, onChanged } = this.options;
    const channel = new Channel(channelId, {
      opener,
      onChanged,
      budget: this.held,
      counts: this.counts,
      onHole: (behind) => this.#healer.heal(behind),
    });
    this.channels.set(channelId, channel);
    return channel;
  }

  async #open(fresh: readonly (Entrance & { channel: Channel })[]): Promise<void> {
    const { subscriptions, names, maxChannels } = this.options;
    try {
      if (this.channels.size > maxChannels) throw unavailable('too many channels are in use here', 5_000);
      const { generation } = subscriptions;
      const handlers = fresh.map(
        ({ channel }) => [names.events(channel.id), (message: Buffer) => this.#receive(channel, message)] as const,
      );
      await subscriptions.add(new Map(handlers));
      const heads = await this.#heads(fresh.map(({ channelId }) => channelId));
      if (generation !== subscriptions.generation) throw unavailable('the link for events broke');
      for (const { channel, channelId, seq, position } of fresh) {
        const head = heads.get(channelId);
        channel.start(head && head.seq > seq ? head : { seq, position });
        if (!this.#paused) channel.flow();
      }
    } catch (error) {
      for (const { channel } of fresh) this.#discard(channel);
      throw error;
    }
  }

  #heads(ids: readonly string[]) {
    const { redis, names, epoch } = this.options;
    return readHeads(ids, { redis, names, epoch: epoch() });
  }

  #receive(channel: Channel, message: Buffer): void {
    if (isTypingSignal(message)) return this.options.onTyping(channel, message);
    try {
      channel.receive(unpackEvents(message));
    } catch (error) {
      const level = error instanceof MalformedEvents ? 'warn' : 'error';
      this.options.log[level]({ err: error, channelId: channel.id }, 'events could not be delivered');
      // What it brought besides is in the log; if not even that is known, the next event or beat shows it.
      if (channel.flowing && channel.behind) this.#healer.heal(channel);
    }
  }

  #discard(channel: Channel): void {
    channel.close();
    if (this.channels.get(channel.id) !== channel) return;
    this.channels.delete(channel.id);
    this.options.subscriptions.remove(this.options.names.events(channel.id));
  }
}

const headsAtOnce = 500;
