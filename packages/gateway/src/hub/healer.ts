import type { Asker, Logger } from '@storm/shared/node';
import { backoff } from '@storm/shared/node';
import { closeCodes } from '@storm/shared/protocol';
import type { SealedEvent } from '@storm/shared/contracts';
import { setTimeout as delay } from 'node:timers/promises';
import { Semaphore } from '../limits/semaphore.js';
import { eventsOf, tellAll } from './catch-up.js';
import type { Channel } from './channel.js';

interface Options {
  /** The channel's recent log above `after`. */
  recentLog: (channelId: string, range: { after: number; count: number }) => Promise<SealedEvent[]>;
  asker: Asker;
  log: Logger;
  /** How long a hole may stay before its members are sent away to sync, in milliseconds. */
  giveUpMs: number;
  now: () => number;
  /** Forgets the channel: its members are closed next. */
  onHopeless: (channel: Channel) => void;
}

/** Bounds what a read of the log can take in memory. */
const entriesAtOnce = 64;
const channelsAtOnce = 32;

/**
 * Fills holes: from the recent log, then from the worker, until the channel has all that is known to exist. Members of a
 * channel that can't be helped are closed with 4500: they come back and sync.
 */
export class Healer {
  readonly #underWay = new Set<Channel>();
  readonly #slots = new Semaphore(channelsAtOnce);

  constructor(private readonly options: Options) {}

  get size(): number {
    return this.#underWay.size;
  }

  /** Begins, unless it has begun. Never throws. */
  heal(channel: Channel): void {
    if (this.#underWay.has(channel)) return;
    this.#underWay.add(channel);
    void this.#slots
      .run(() => this.#run(channel))
      .catch((error: unknown) => this.options.log.error({ err: error }, 'a hole could not be filled'))
      .finally(() => {
        this.#underWay.delete(channel);
        if (channel.flowing && channel.behind) this.heal(channel);
      });
  }

  async #run(channel: Channel): Promise<void> {
    const { now, giveUpMs, log, onHopeless } = this.options;
    let deadline = now() + giveUpMs;
    for (let attempt = 0; channel.flowing && channel.behind; attempt++) {
      const before = channel.delivered;
      await this.#step(channel).catch((error: unknown) => log.debug({ err: error }, 'no step towards filling a hole'));
      if (channel.delivered > before) {
        deadline = now() + giveUpMs;
        attempt = 0;
      } else if (now() > deadline) {
        log.warn({ channelId: channel.id, delivered: channel.delivered }, 'a hole stays: its members are sent away to sync');
        onHopeless(channel);
        for (const member of [...channel.live, ...channel.suspended]) member.close(closeCodes.internal, 'events are missing');
      } else if (channel.flowing && channel.behind) {
        await delay(backoff(attempt, { base: 20, cap: 1_000 }), undefined, { ref: false });
      }
    }
  }

  async #step(channel: Channel): Promise<void> {
    const { recentLog, asker } = this.options;
    if (channel.fill(await recentLog(channel.id, { after: channel.delivered, count: entriesAtOnce }))) return;
    if (!channel.flowing || !channel.behind) return;
    const since = channel.delivered;
    const answer = await asker.ask({ kind: 'changes', channelId: channel.id, since });
    const position = Math.max(0, ...answer.messages.map((message) => message.position));
    const events = eventsOf(channel.id, since, answer);
    // Nothing would show the members what is between, or after: each is synced. Removals among the events are followed all the same.
    if (!tellAll(events, since, answer.to)) for (const member of [...channel.live]) member.catchUp(channel.id, since);
    channel.catchUp(events, { seq: answer.to, position });
  }
}
