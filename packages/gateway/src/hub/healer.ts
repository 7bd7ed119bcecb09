import type { Asker, Logger } from '@storm/shared/node';
import { backoff } from '@storm/shared/node';
import { closeCodes } from '@storm/shared/protocol';
import type { SealedEvent } from '@storm/shared/contracts';
import { setTimeout as delay } from 'node:timers/promises';
import { Semaphore } from '../limits/semaphore.js';
import { readMissed } from './missed.js';
import type { Channel } from './channel.js';

interface Options {
  /** The channel's recent log above `after`. */
  recentLog: (channelId: string, range: { after: number; count: number }) => Promise<SealedEvent[]>;
  asker: Pick<Asker, 'ask'>;
  log: Logger;
  /** How long a hole may stay from when it was found, or got smaller, before its members are sent away to sync, in milliseconds. */
  giveUpMs: number;
  now: () => number;
  /** Forgets the channel: its members are closed next. */
  onHopeless: (channel: Channel) => void;
}

/** Both bound what reads of logs can take in memory. */
const entriesAtOnce = 64;
const stepsAtOnce = 32;

/**
 * Fills holes: from the recent log, then from the worker, until the channel has all that is known to exist. Members of a
 * channel that can't be helped are closed with 4500: they come back and sync.
 */
export class Healer {
  readonly #underWay = new Set<Channel>();
  /** For single steps: a hole that waits for its next one keeps no other waiting. */
  readonly #slots = new Semaphore(stepsAtOnce);

  constructor(private readonly options: Options) {}

  get size(): number {
    return this.#underWay.size;
  }

  /** Begins, unless it has begun. Never throws. */
  heal(channel: Channel): void {
    if (this.#underWay.has(channel)) return;
    this.#underWay.add(channel);
    void this.#run(channel)
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
      await this.#slots
        .run(() => this.#step(channel))
        .catch((error: unknown) => log.debug({ err: error }, 'no step towards filling a hole'));
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
    if (!channel.flowing || !channel.behind) return; // while it waited for its turn
    if (channel.fill(await recentLog(channel.id, { after: channel.delivered, count: entriesAtOnce }))) return;
    if (!channel.flowing || !channel.behind) return;
    channel.catchUp(await readMissed(channel.id, channel.delivered, asker));
  }
}
