import { LRUCache } from 'lru-cache';
import { Semaphore } from '../limits/semaphore.js';
import type { Page } from './page.js';

/** What a page is made of: the same for everyone who asks. */
export interface PageKey {
  epoch: string;
  channelId: string;
  since: number;
}

interface Options<C> {
  /** Undefined when there is nothing to be had. Rejections go to all who wait. */
  read: (key: PageKey, context: C) => Promise<Page | undefined>;
  /** How long a page is kept for others, in milliseconds. */
  keptMs?: number;
  /** Bytes that are kept, over all pages. */
  keptBytes?: number;
}

/** Pages in the making: what they take in memory. */
const readsAtOnce = 64;
const pagesMax = 1_000;

/**
 * Pages of `sync`, each read once for all who ask for it at about the same time, as they do when a gateway was lost. A page
 * that was kept is as right as a new one, and only shorter: whoever has it goes on from its end.
 */
export class Pages<C> {
  readonly #slots = new Semaphore(readsAtOnce);
  readonly #pages: LRUCache<string, Page, { key: PageKey; context: C }>;

  constructor({ read, keptMs = 1_000, keptBytes = 16 * 1024 * 1024 }: Options<C>) {
    this.#pages = new LRUCache<string, Page, { key: PageKey; context: C }>({
      max: pagesMax,
      maxSize: keptBytes,
      sizeCalculation: ({ events }) => events.length + 1,
      ttl: keptMs,
      ttlAutopurge: true,
      ignoreFetchAbort: true,
      fetchMethod: (_key, _stale, { context: { key, context } }) => this.#slots.run(() => read(key, context)),
    });
  }

  /** Bytes of the pages that are kept. */
  get bytes(): number {
    return this.#pages.calculatedSize;
  }

  get(key: PageKey, context: C): Promise<Page | undefined> {
    return this.#pages.fetch(`${key.epoch} ${key.channelId} ${key.since}`, { context: { key, context } });
  }
}
