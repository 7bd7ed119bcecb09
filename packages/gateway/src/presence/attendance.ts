import type { RedisNames } from '@storm/shared/contracts';
import { unavailable, type Logger, type Redis } from '@storm/shared/node';
import { PresenceStatus } from '@storm/shared/protocol';
import { chosenMs, definePresence, keysOf, type PresenceCommands } from './scripts.js';

interface Options {
  redis: Redis;
  names: RedisNames;
  /** Names this process among all gateways. */
  gatewayId: string;
  /** How long a lease holds that nobody renews, in milliseconds: it is renewed three times as often. */
  leaseMs: number;
  /** How long a user without a lease is still seen online, in milliseconds. */
  graceMs: number;
  now: () => number;
  log: Logger;
  tickMs?: number;
}

interface Present {
  userId: string;
  connections: Set<object>;
  renewAt: number;
  status: PresenceStatus;
}

const usersPerPipeline = 500;

/**
 * The users with connections here, each with a lease in Redis under this gateway's name: a user is online while any gateway has
 * one. What begins and ends here within the grace is not seen anywhere else.
 */
export class Attendance {
  /** The one whose lease is renewed next comes first. */
  readonly #present = new Map<string, Present>();
  readonly #commands: PresenceCommands;
  readonly #onReady = () => void this.#renew([...this.#present.values()]);
  #timer: NodeJS.Timeout | undefined;
  #lingers = false;

  constructor(private readonly options: Options) {
    this.#commands = definePresence(options.redis);
  }

  get size(): number {
    return this.#present.size;
  }

  start(): void {
    const { redis, tickMs = Math.min(1_000, this.options.leaseMs / 12) } = this.options;
    redis.on('ready', this.#onReady); // leases may have ended while it was away, or be forgotten
    this.#timer = setInterval(() => this.#renewDue(tickMs), tickMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.options.redis.off('ready', this.#onReady);
  }

  /** From now on leases are left to end by themselves: who is sent away comes back elsewhere before. */
  linger(): void {
    this.#lingers = true;
  }

  /** What a user who is here chose to be seen as. */
  statusOf(userId: string): PresenceStatus | undefined {
    return this.#present.get(userId)?.status;
  }

  /** A user's connection is there; a second time does nothing. Resolves with the status that the user chose, as far as Redis says. */
  async enter(userId: string, connection: object): Promise<PresenceStatus | undefined> {
    const known = this.#present.get(userId);
    if (known) {
      if (known.connections.has(connection)) return undefined;
      known.connections.add(connection);
      return known.status;
    }
    const present: Present = { userId, connections: new Set([connection]), renewAt: this.#nextRenewal(), status: 'online' };
    this.#present.set(userId, present);
    await this.#renew([present]);
    return present.status;
  }

  leave(userId: string, connection: object): void {
    const present = this.#present.get(userId);
    if (!present?.connections.delete(connection) || present.connections.size > 0) return;
    this.#present.delete(userId);
    if (this.#lingers) return;
    const { names, gatewayId, graceMs } = this.options;
    // When Redis is away the lease ends by itself.
    this.#commands
      .stormPresenceRelease(...keysOf(names.presence(userId)), userId, gatewayId, graceMs)
      .catch((error: unknown) => this.options.log.debug({ err: error }, 'a lease was not given back'));
  }

  /** Chooses what others see. Rejects with `UNAVAILABLE` without Redis: then it may be so or not. */
  async set(userId: string, status: PresenceStatus): Promise<void> {
    try {
      await this.#commands.stormPresenceSet(...keysOf(this.options.names.presence(userId)), userId, status, chosenMs);
    } catch (error) {
      throw unavailable('Redis does not answer', 1_000, error);
    }
    this.heard(userId, status);
  }

  /** A device of the user chose it, here or elsewhere. */
  heard(userId: string, status: PresenceStatus): void {
    const present = this.#present.get(userId);
    if (present) present.status = status;
  }

  #nextRenewal(): number {
    return this.options.now() + this.options.leaseMs / 3;
  }

  /** What began in one moment is renewed over several ticks: no herd comes back every round. */
  #renewDue(tickMs: number): void {
    const { now, leaseMs } = this.options;
    const most = Math.ceil((2 * this.#present.size * tickMs) / (leaseMs / 3));
    const due: Present[] = [];
    for (const present of this.#present.values()) {
      if (present.renewAt > now() || due.length >= most) break;
      due.push(present);
    }
    void this.#renew(due);
  }

  async #renew(all: readonly Present[]): Promise<void> {
    const { redis, names, gatewayId, leaseMs, graceMs, log } = this.options;
    for (const present of all) {
      present.renewAt = this.#nextRenewal();
      this.#present.delete(present.userId);
      this.#present.set(present.userId, present);
    }
    for (let at = 0; at < all.length; at += usersPerPipeline) {
      const some = all.slice(at, at + usersPerPipeline);
      const pipeline = redis.pipeline();
      for (const { userId, status } of some) {
        const keys = keysOf(names.presence(userId));
        void (pipeline as unknown as PresenceCommands).stormPresenceHold(...keys, userId, gatewayId, leaseMs, graceMs, status);
      }
      try {
        const replies = (await pipeline.exec()) ?? [];
        some.forEach((present, i) => {
          const status = PresenceStatus.safeParse(replies[i]?.[1]);
          if (status.success) present.status = status.data;
        });
      } catch (error) {
        log.debug({ err: error }, 'leases were not renewed'); // the next round comes before they end
      }
    }
  }
}
