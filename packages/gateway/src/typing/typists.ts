import type { TypingSignal } from '@storm/shared/contracts';
import { limits, type ServerPayload } from '@storm/shared/protocol';
import type { Channel } from '../hub/channel.js';
import type { Recipient } from '../hub/recipient.js';
import { textFrame } from '../outbox/frame.js';
import { Crowd } from './crowd.js';

interface Options {
  now: () => number;
  channelOf: (channelId: string) => Channel | undefined;
  /** A user's own connections here: they are not told of it. */
  connectionsOf: (userId: string) => Iterable<Recipient> | undefined;
  /** Typists of all channels here; beyond it a new one is not heard. */
  typistsMax?: number;
}

interface Typist {
  channelId: string;
  userId: string;
  until: number;
  /** It was removed: what is said of it until then comes late. */
  isGone: boolean;
}

/**
 * Who types in the channels of this gateway, as gateways say; members hear of it. Every gateway ends it by itself, so that it
 * also ends for those whose own gateway was killed. Frames of it may be dropped: a refresh comes within a second or so.
 */
export class Typists {
  readonly #crowds = new Map<string, Crowd>();
  /** The one whose time is up next comes first. */
  readonly #typists = new Map<string, Typist>();
  readonly #max: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: Options) {
    this.#max = options.typistsMax ?? 50_000;
  }

  get size(): number {
    return this.#typists.size;
  }

  receive(channel: Channel, { userId, isTyping }: TypingSignal): void {
    const typist = this.#typists.get(keyOf(channel.id, userId));
    if (typist?.isGone || !channel.flowing) return;
    if (!isTyping) return this.#end(channel.id, userId);
    if (!typist && this.#typists.size >= this.#max) return;
    const crowd = this.#crowds.get(channel.id) ?? new Crowd();
    const announced = crowd.add(userId, { now: this.options.now(), mayName: channel.live.size <= limits.typingNamedConnections });
    if (announced === 'full') return;
    this.#crowds.set(channel.id, crowd);
    this.#keep({ channelId: channel.id, userId, isGone: false });
    if (announced) this.#tell(channel, announced === 'several' ? crowd.onlyOther : userId, announced, true);
  }

  /** A member is one no more, or nobody is. */
  follow({ channelId, changes }: ServerPayload<'channel.changed'>): void {
    for (const { kind, userId, actorId } of changes) {
      if (kind === 'left') this.#remove(channelId, userId ?? actorId);
      if (kind !== 'archived' && kind !== 'erased') continue;
      for (const typist of this.#crowds.get(channelId)?.all ?? []) this.#remove(channelId, typist);
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#crowds.clear();
    this.#typists.clear();
  }

  #remove(channelId: string, userId: string): void {
    this.#end(channelId, userId);
    if (this.#typists.size < this.#max) this.#keep({ channelId, userId, isGone: true });
  }

  #end(channelId: string, userId: string): void {
    this.#typists.delete(keyOf(channelId, userId));
    const crowd = this.#crowds.get(channelId);
    const announced = crowd?.delete(userId);
    if (crowd?.isEmpty) this.#crowds.delete(channelId);
    const channel = this.options.channelOf(channelId);
    if (channel?.flowing && announced) this.#tell(channel, userId, announced, false);
  }

  /** @param about whose own connections hear nothing; undefined when it is about more than one */
  #tell(channel: Channel, about: string | undefined, announced: 'named' | 'several', isTyping: boolean): void {
    const who = announced === 'several' ? { several: true as const } : { userId: about };
    const payload = { channelId: channel.id, ...who, isTyping };
    const frame = textFrame(Buffer.from(JSON.stringify({ event: 'typing', payload })));
    const own = new Set(about === undefined ? [] : this.options.connectionsOf(about));
    for (const recipient of channel.live) if (!own.has(recipient)) recipient.pushEphemeral(frame);
  }

  #keep(typist: Omit<Typist, 'until'>): void {
    const key = keyOf(typist.channelId, typist.userId);
    this.#typists.delete(key);
    this.#typists.set(key, { ...typist, until: this.options.now() + limits.typingMs });
    if (this.#typists.size === 1) this.#schedule(limits.typingMs);
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#expire(), ms).unref();
  }

  #expire(): void {
    const now = this.options.now();
    for (const [key, { channelId, userId, until, isGone }] of this.#typists) {
      if (until > now) return this.#schedule(Math.min(until - now, limits.typingMs));
      if (isGone) this.#typists.delete(key);
      else this.#end(channelId, userId);
    }
  }
}

const keyOf = (channelId: string, userId: string): string => `${channelId} ${userId}`;
