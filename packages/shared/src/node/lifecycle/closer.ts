import type { Logger } from '../log/logger.js';

type Release = () => unknown;

/** Resources, released last-in-first-out. A release that fails is logged and does not keep the others. A second close is the first one's. */
export class Closer {
  readonly #releases: { name: string; release: Release }[] = [];
  #closing: Promise<void> | undefined;

  constructor(private readonly log: Logger) {}

  /** Registers how something is released, and returns it. */
  add<T>(name: string, resource: T, release: (resource: T) => unknown): T {
    this.#releases.push({ name, release: () => release(resource) });
    return resource;
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    for (const { name, release } of this.#releases.reverse()) {
      try {
        await release();
      } catch (error) {
        this.log.warn({ err: error, resource: name }, 'could not be released');
      }
    }
  }
}
