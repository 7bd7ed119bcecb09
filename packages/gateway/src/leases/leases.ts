import type { Redis } from '@storm/shared/node';
import { renewScript, takeScript, type LeaseCommands } from './scripts.js';

/** A place in a set that counts over all gateways. */
export interface Lease {
  /** Gives the place back; a second time does nothing. */
  release(): void;
}

interface Held {
  name: string;
  id: string;
  renewAt: number;
}

interface Options {
  redis: Redis;
  now: () => number;
  /** How long a lease holds that nobody renews, in milliseconds: so long does one outlive a gateway that was killed. */
  leaseMs?: number;
  /** How often each is renewed. */
  renewMs?: number;
  tickMs?: number;
}

const namesPerPipeline = 500;

/**
 * Leases of places in sets with a cap, counted over all processes: a sorted set in Redis, ids by the time until which they
 * hold. While Redis is away each process counts its own; when it is back, also without its data, renewals put all in place again.
 */
export class Leases {
  /** By name and id; the one that is due next comes first. */
  readonly #held = new Map<string, Held>();
  readonly #counts = new Map<string, number>();
  readonly #commands: LeaseCommands;
  readonly #leaseMs: number;
  readonly #renewMs: number;
  readonly #tickMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: Options) {
    const { redis, leaseMs = 60_000, renewMs = 20_000, tickMs = 1_000 } = options;
    redis.defineCommand('stormTakeLease', { lua: takeScript, numberOfKeys: 1 });
    redis.defineCommand('stormRenewLeases', { lua: renewScript, numberOfKeys: 1 });
    this.#commands = redis as unknown as LeaseCommands;
    [this.#leaseMs, this.#renewMs, this.#tickMs] = [leaseMs, renewMs, tickMs];
  }

  get size(): number {
    return this.#held.size;
  }

  start(): void {
    this.#timer = setInterval(() => this.#renewDue(), this.#tickMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Takes a place in the set `name`; undefined when `cap` are taken. Never rejects. */
  async take(name: string, id: string, cap: number): Promise<Lease | undefined> {
    // Those held here are some of those held anywhere: a flood ends before it reaches Redis.
    if ((this.#counts.get(name) ?? 0) >= cap) return undefined;
    const lease = this.#hold(name, id);
    const taken = await this.#commands.stormTakeLease(name, id, this.#leaseMs, cap).catch(() => undefined);
    if (taken !== 0) return lease;
    this.#drop(name, id);
    return undefined;
  }

  #hold(name: string, id: string): Lease {
    this.#held.set(keyOf(name, id), { name, id, renewAt: this.options.now() + this.#renewMs });
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    return {
      release: () => {
        // When Redis is away it expires there by itself.
        if (this.#drop(name, id)) this.options.redis.zrem(name, id).catch(() => undefined);
      },
    };
  }

  #drop(name: string, id: string): boolean {
    if (!this.#held.delete(keyOf(name, id))) return false;
    const left = (this.#counts.get(name) ?? 0) - 1;
    if (left > 0) this.#counts.set(name, left);
    else this.#counts.delete(name);
    return true;
  }

  #renewDue(): void {
    const due = this.#takeDue();
    const names = [...due.keys()];
    for (let at = 0; at < names.length; at += namesPerPipeline) {
      const pipeline = this.options.redis.pipeline();
      for (const name of names.slice(at, at + namesPerPipeline)) {
        void (pipeline as unknown as LeaseCommands).stormRenewLeases(name, this.#leaseMs, ...(due.get(name) ?? []));
      }
      pipeline.exec().catch(() => undefined); // the next round comes before they end
    }
  }

  /** Ids by name. What was taken in one moment is renewed over several ticks: no herd comes back every round. */
  #takeDue(): Map<string, string[]> {
    const now = this.options.now();
    const most = Math.ceil((2 * this.#held.size * this.#tickMs) / this.#renewMs);
    const due: Held[] = [];
    for (const held of this.#held.values()) {
      if (held.renewAt > now || due.length >= most) break;
      due.push(held);
    }
    const ids = new Map<string, string[]>();
    for (const held of due) {
      const key = keyOf(held.name, held.id);
      this.#held.delete(key);
      this.#held.set(key, { ...held, renewAt: now + this.#renewMs });
      ids.set(held.name, [...(ids.get(held.name) ?? []), held.id]);
    }
    return ids;
  }
}

const keyOf = (name: string, id: string): string => `${name} ${id}`;
