import { eventAad, isSignal, type SealedEvent } from '@storm/shared/contracts';
import { aadOf, DecryptionError, type EventOpener } from '@storm/shared/node';
import type { ServerPayload } from '@storm/shared/protocol';
import { textFrame } from '../outbox/frame.js';
import { channelChangedOf, eventNameOf, positionOf, userOf } from './event-text.js';
import { HeldBack, type HeldBudget } from './held-back.js';
import { orderOf } from './ordering.js';
import type { Head } from './heads.js';
import type { Recipient } from './recipient.js';

export interface ChannelOptions {
  opener: EventOpener;
  budget: HeldBudget;
  counts: { events: number; deliveries: number; unopened: number };
  /** Something is missing: called while the channel flows and `behind`, perhaps more than once. */
  onHole: (channel: Channel) => void;
  /** Members or settings changed; called after delivery, in order. */
  onChanged: (changed: ServerPayload<'channel.changed'>) => void;
}

/** An event opened: the client frame's JSON. */
export interface OpenEvent {
  from: number;
  seq: number;
  text: Buffer;
}

/**
 * A chat channel with members on this gateway. Delivers its events to them in `seq` order, each once: what comes after a hole
 * is held back until somebody fills it (see `Healer`). Each event is opened and framed once, whatever the number of members.
 */
export class Channel {
  /** Get events as they come. */
  readonly live = new Set<Recipient>();
  /** Members that catch up first: see `sync`. They get nothing from here. */
  readonly suspended = new Set<Recipient>();
  /** Those who are about to add a member. */
  pins = 0;
  /** Settles when the channel is subscribed and knows its head. */
  opened: Promise<void> | undefined;
  #delivered = 0;
  #position = 0;
  #known = 0;
  #flowing = false;
  #closed = false;
  readonly #held: HeldBack;

  constructor(
    readonly id: string,
    private readonly options: ChannelOptions,
  ) {
    this.#held = new HeldBack(options.budget);
  }

  /** Everything up to this `seq` is with the live members. */
  get delivered(): number {
    return this.#delivered;
  }

  /** Of the last message delivered. */
  get position(): number {
    return this.#position;
  }

  /** Is something known to exist that is not delivered? */
  get behind(): boolean {
    return this.#known > this.#delivered;
  }

  get flowing(): boolean {
    return this.#flowing;
  }

  /** For good: whoever still wants the channel enters it anew. */
  get closed(): boolean {
    return this.#closed;
  }

  get idle(): boolean {
    return this.pins === 0 && this.live.size === 0 && this.suspended.size === 0;
  }

  /** Begins at a head that was read after subscribing. Nothing is delivered before `flow`. */
  start({ seq, position }: Head): void {
    this.#delivered = seq;
    this.#position = position;
    this.#known = Math.max(this.#known, seq);
  }

  /** Delivers what waits and goes on from there. */
  flow(): void {
    if (this.#closed) return;
    this.#flowing = true;
    this.#drain();
    if (this.behind) this.options.onHole(this);
  }

  /** The link broke: nothing is delivered until `flow`. */
  pause(): void {
    this.#flowing = false;
  }

  close(): void {
    this.#closed = true;
    this.#flowing = false;
    this.#held.clear();
  }

  /** Says that `seq` exists; whether it is missing shows when it doesn't come. */
  note(seq: number): void {
    this.#known = Math.max(this.#known, seq);
  }

  /** Takes what pub/sub brought. */
  receive(events: readonly SealedEvent[]): void {
    for (const event of events) this.note(event.seq); // all of them first: one that fails must leave a hole, not an end
    for (const event of events) {
      if (isSignal(event)) {
        this.#pass(event);
        continue;
      }
      if (this.#flowing && orderOf(this.#delivered, event) === 'next' && this.#offer(event)) continue;
      if (event.seq > this.#delivered) this.#held.add(event);
    }
    this.#drain();
    if (this.#flowing && this.behind) this.options.onHole(this);
  }

  /** Fills a hole from the recent log: delivers those that continue, and what waited behind them. Returns whether any did. */
  fill(events: readonly SealedEvent[]): boolean {
    const before = this.#delivered;
    for (const event of events) if (this.#flowing && orderOf(this.#delivered, event) === 'next' && !this.#offer(event)) break;
    this.#drain();
    return this.#delivered > before;
  }

  /** Fills a hole with what the worker says of it. */
  catchUp(events: readonly OpenEvent[]): void {
    for (const event of events) if (this.#flowing && orderOf(this.#delivered, event) === 'next') this.#deliver(event);
    this.#drain();
  }

  /** Adds a member, who gets everything above `delivered`. False when it is one already. */
  attach(recipient: Recipient): boolean {
    if (this.live.has(recipient) || this.suspended.has(recipient)) return false;
    this.live.add(recipient);
    return true;
  }

  detach(recipient: Recipient): boolean {
    const wasLive = this.live.delete(recipient);
    return this.suspended.delete(recipient) || wasLive;
  }

  /** Holds live events of a member back, until `resume`. False when it is none. */
  suspend(recipient: Recipient): boolean {
    if (!this.detach(recipient)) return false;
    this.suspended.add(recipient);
    return true;
  }

  /** The member has everything up to `delivered` now. */
  resume(recipient: Recipient): void {
    if (this.suspended.delete(recipient)) this.live.add(recipient);
  }

  /** The event's text; undefined when it does not open: then the hole it leaves is filled from elsewhere. */
  open({ from, seq, envelope }: SealedEvent): OpenEvent | undefined {
    try {
      return { from, seq, text: this.options.opener.open(envelope, aadOf(...eventAad(this.id, from, seq))) };
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error;
      this.options.counts.unopened += 1;
      return undefined;
    }
  }

  /** A signal goes to all but whom it is about, those that catch up included; while nothing flows it is lost. */
  #pass(event: SealedEvent): void {
    const opened = this.#flowing ? this.open(event) : undefined;
    if (!opened) return;
    const [frame, userId] = [textFrame(opened.text), userOf(opened.text)];
    for (const recipient of [...this.live, ...this.suspended]) {
      if (recipient.userId !== userId) recipient.pushEphemeral(frame);
    }
  }

  #drain(): void {
    while (this.#flowing) {
      const event = this.#held.take(this.#delivered);
      if (!event) return;
      this.#offer(event);
    }
  }

  #offer(event: SealedEvent): boolean {
    const opened = this.open(event);
    if (opened) this.#deliver(opened);
    return opened !== undefined;
  }

  #deliver({ seq, text }: OpenEvent): void {
    const { counts, onChanged } = this.options;
    const frame = textFrame(text);
    this.#delivered = seq;
    this.#known = Math.max(this.#known, seq);
    for (const recipient of this.live) recipient.push(frame);
    counts.events += 1;
    counts.deliveries += this.live.size;
    const name = eventNameOf(text);
    if (name === 'message.new') this.#position = Math.max(this.#position, positionOf(text) ?? 0);
    else if (name === 'channel.changed') onChanged(channelChangedOf(text));
  }
}
