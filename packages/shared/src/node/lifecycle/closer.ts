import type { Logger } from '../log/logger.js';

interface Resource {
  name: string;
  release: () => unknown;
}

/**
 * Resources, released last-in-first-out. A release that fails is logged and does not keep the others. A second close is the
 * first one's; what is added after it is released at once: a start that a stop overtook leaves nothing open.
 */
export class Closer {
  readonly #resources: Resource[] = [];
  #closing: Promise<void> | undefined;

  constructor(private readonly log: Logger) {}

  /** Registers how something is released, and returns it. */
  add<T>(name: string, resource: T, release: (resource: T) => unknown): T {
    this.#resources.push({ name, release: () => release(resource) });
    if (this.#closing) this.#closing = this.#closing.then(() => this.#releaseAll());
    return resource;
  }

  close(): Promise<void> {
    this.#closing ??= this.#releaseAll();
    return this.#closing;
  }

  async #releaseAll(): Promise<void> {
    for (let next = this.#resources.pop(); next; next = this.#resources.pop()) {
      try {
        await next.release();
      } catch (error) {
        this.log.warn({ err: error, resource: next.name }, 'could not be released');
      }
    }
  }
}
