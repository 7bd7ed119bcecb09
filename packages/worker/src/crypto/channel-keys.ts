import { newDataKey, unwrapDataKey, wrapDataKey, type KeyRing } from '@storm/shared/node';
import type { Store } from '@storm/store';
import { LRUCache } from 'lru-cache';

export interface DataKey {
  version: number;
  key: Buffer;
  createdAt: Date;
  startSeq: number;
}

interface Options {
  store: Store;
  masterKeys: KeyRing;
  maxAgeMs: number;
  /** Keys in memory; a miss costs one read. Default: 20,000. */
  capacity?: number;
  now?: () => number;
}

/** AES-GCM with random IVs is safe for 2^32 messages under a key; optimistic attempts count too, so far below it. */
const maxTexts = 2 ** 28;

/** The channels' data keys, unwrapped: made at a channel's first row, renewed by age and count, never handed outside the worker. */
export class ChannelKeys {
  readonly #current: LRUCache<string, DataKey>;
  readonly #all: LRUCache<string, Buffer>;
  readonly #now: () => number;

  constructor(private readonly options: Options) {
    this.#now = options.now ?? Date.now;
    const { capacity: max = 20_000 } = options;
    [this.#current, this.#all] = [new LRUCache({ max }), new LRUCache({ max })];
  }

  /** The key that a channel's next texts are encrypted under, for each channel: made where there is none, or an old one. */
  async forWriting(channels: ReadonlyMap<string, { seq: number }>): Promise<Map<string, DataKey>> {
    const keys = new Map<string, DataKey>();
    const unknown: string[] = [];
    for (const channelId of channels.keys()) {
      const known = this.#current.get(channelId);
      if (known) keys.set(channelId, known);
      else unknown.push(channelId);
    }
    if (unknown.length > 0) {
      for (const [channelId, stored] of await this.options.store.channelKeys.latest(unknown)) {
        if (stored.wrapped) keys.set(channelId, this.#keepCurrent(channelId, this.#unwrap(channelId, stored)));
      }
    }
    for (const [channelId, { seq }] of channels) {
      const key = keys.get(channelId);
      if (!key || this.#spent(key, seq)) keys.set(channelId, await this.#make(channelId, (key?.version ?? 0) + 1, seq));
    }
    return keys;
  }

  /** The key that a stored row names; undefined when it is erased. */
  async forReading(channelId: string, version: number): Promise<Buffer | undefined> {
    const known = this.#all.get(`${channelId} ${version}`);
    if (known) return known;
    const stored = await this.options.store.channelKeys.get(channelId, version);
    return stored?.wrapped ? this.#unwrap(channelId, stored).key : undefined;
  }

  /** Drops what is held of a channel: its keys were erased. */
  forget(channelId: string): void {
    this.#current.delete(channelId);
    for (const name of this.#all.keys()) if (name.startsWith(`${channelId} `)) this.#all.delete(name);
  }

  #spent(key: DataKey, seq: number): boolean {
    return seq - key.startSeq >= maxTexts || this.#now() - key.createdAt.getTime() >= this.options.maxAgeMs;
  }

  async #make(channelId: string, version: number, startSeq: number): Promise<DataKey> {
    const key = newDataKey();
    const createdAt = new Date(this.#now());
    const { wrapped, masterKid } = wrapDataKey(key, channelId, version, this.options.masterKeys);
    const made = await this.options.store.channelKeys.insert({
      channelId,
      version,
      wrapped,
      masterKid,
      createdAt,
      startSeq,
      erasedAt: null,
    });
    if (made === 'inserted') return this.#keepCurrent(channelId, { version, key, createdAt, startSeq });
    // Another worker was first: its key, or one made since, is the channel's.
    const stored = (await this.options.store.channelKeys.latest([channelId])).get(channelId);
    if (!stored?.wrapped) throw new Error('a data key is gone that was just there');
    return this.#keepCurrent(channelId, this.#unwrap(channelId, stored));
  }

  #unwrap(
    channelId: string,
    { version, createdAt, startSeq, ...stored }: { wrapped: Buffer; masterKid: string } & Omit<DataKey, 'key'>,
  ): DataKey {
    const key = unwrapDataKey(stored, channelId, version, this.options.masterKeys);
    this.#all.set(`${channelId} ${version}`, key);
    return { version, key, createdAt, startSeq };
  }

  /** Only what is the channel's last key: one that was read for an old row must not write again. */
  #keepCurrent(channelId: string, key: DataKey): DataKey {
    this.#all.set(`${channelId} ${key.version}`, key.key);
    this.#current.set(channelId, key);
    return key;
  }
}
