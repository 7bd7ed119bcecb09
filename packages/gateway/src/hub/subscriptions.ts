import type { Logger, Redis } from '@storm/shared/node';
import { unavailable } from '@storm/shared/node';

type Handler = (message: Buffer) => void;

interface Options {
  /** A connection of its own, of role `subscriber`. */
  redis: Redis;
  log: Logger;
  /** Every subscription stands: at first, and again after a broken link. Messages in between are lost. */
  onLive: () => void;
  /** The link broke. */
  onBroken: () => void;
}

const namesPerCommand = 500;
const pingEveryMs = 5_000;
const pingTimeoutMs = 3_000;

/**
 * The pub/sub channels of this process, each with its handler. After a broken link everything is subscribed again before
 * `onLive` says so; what was published meanwhile is lost, and finding it again is up to the owner.
 */
export class Subscriptions {
  readonly #handlers = new Map<string, Handler>();
  #live = false;
  #generation = 0;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(private readonly options: Options) {}

  /** Does the link stand, with everything subscribed? */
  get live(): boolean {
    return this.#live;
  }

  /** Grows with every life of the link: what was begun under another one may have missed something. */
  get generation(): number {
    return this.#generation;
  }

  start(): void {
    const { redis, onBroken } = this.options;
    redis.on('messageBuffer', (channel: Buffer, message: Buffer) => this.#handlers.get(channel.toString('latin1'))?.(message));
    redis.on('ready', () => this.#restore());
    redis.on('close', () => {
      this.#generation += 1;
      if (!this.#live) return;
      this.#live = false;
      onBroken();
    });
    if (redis.status === 'ready') this.#restore();
    this.#watchdog = setInterval(() => this.#watch(), pingEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#watchdog);
    this.#generation += 1;
    this.#live = false;
  }

  /** Subscribes whenever the link stands: for what is wanted as long as the process lives. Call it before `start`. */
  keep(handlers: ReadonlyMap<string, Handler>): void {
    for (const [name, handler] of handlers) this.#handlers.set(name, handler);
  }

  /** Resolves when all are subscribed. Rejects when the link is down, or breaks: then nothing of it is kept. */
  async add(handlers: ReadonlyMap<string, Handler>): Promise<void> {
    const generation = this.#generation;
    if (this.options.redis.status !== 'ready') throw unavailable('the link for events is broken');
    for (const [name, handler] of handlers) this.#handlers.set(name, handler);
    try {
      await this.#subscribe([...handlers.keys()]);
      if (generation !== this.#generation) throw unavailable('the link for events broke');
    } catch (error) {
      for (const [name, handler] of handlers) if (this.#handlers.get(name) === handler) this.#handlers.delete(name);
      throw error;
    }
  }

  remove(name: string): void {
    if (!this.#handlers.delete(name) || this.options.redis.status !== 'ready') return;
    // A failure means that the link is gone, and the subscription with it.
    this.options.redis.unsubscribe(name).catch(() => undefined);
  }

  #restore(): void {
    const generation = ++this.#generation;
    this.#subscribe([...this.#handlers.keys()]).then(
      () => {
        if (generation !== this.#generation) return;
        this.#live = true;
        this.options.onLive();
      },
      () => undefined, // the link is gone again: its next `ready` tries anew
    );
  }

  async #subscribe(names: readonly string[]): Promise<void> {
    const commands: Promise<unknown>[] = [];
    for (let at = 0; at < names.length; at += namesPerCommand) {
      commands.push(this.options.redis.subscribe(...names.slice(at, at + namesPerCommand)));
    }
    await Promise.all(commands);
  }

  /** A link can hang without breaking: one that does not answer is opened anew. */
  #watch(): void {
    const { redis, log } = this.options;
    if (redis.status !== 'ready') return;
    const generation = this.#generation;
    const timer = setTimeout(() => {
      if (generation !== this.#generation) return;
      log.warn('the link for events does not answer');
      redis.disconnect(true);
    }, pingTimeoutMs).unref();
    redis.ping().then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    );
  }
}
