import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { z } from 'zod';
import { decodeBase64Url, encodeBase64Url } from './base64url.js';

/** What a key id looks like. It travels in clear, in headers and envelopes. */
export const KID = /^[A-Za-z0-9_-]{1,16}$/;
const KEY_BYTES = 32;

export interface RingKey {
  readonly kid: string;
  readonly key: Buffer;
}

/**
 * Keys by `kid`. The first is current and seals; all of them open, so that keys rotate without a moment at which nothing
 * opens: add the new one at the end everywhere, then move it to the front, then drop the old one when nothing is sealed under it.
 *
 * Printed, logged or serialized it shows its key ids only.
 */
export class KeyRing {
  readonly #keys: ReadonlyMap<string, RingKey>;
  readonly #current: RingKey;

  /** Throws for an empty ring, a kid that is none, and one kid twice. */
  constructor(keys: readonly RingKey[]) {
    const [current] = keys;
    if (!current) throw new Error('a key ring needs at least one key');
    for (const { kid } of keys) if (!KID.test(kid)) throw new Error('a key id is 1 to 16 of A-Z, a-z, 0-9, "_" and "-"');
    this.#keys = new Map(keys.map((entry) => [entry.kid, entry]));
    if (this.#keys.size !== keys.length) throw new Error('a key ring holds the same key id twice');
    this.#current = current;
  }

  get current(): RingKey {
    return this.#current;
  }

  get(kid: string): Buffer | undefined {
    return this.#keys.get(kid)?.key;
  }

  /** The current one first. */
  get kids(): readonly string[] {
    return [...this.#keys.keys()];
  }

  /** The current one first. */
  get entries(): readonly RingKey[] {
    return [...this.#keys.values()];
  }

  toJSON(): { kids: readonly string[] } {
    return { kids: this.kids };
  }

  [inspect.custom](): string {
    return `KeyRing(${this.kids.join(', ')})`;
  }
}

/**
 * Reads `kid:base64url[,kid:base64url…]`. Throws an Error that says which entry is wrong by its place, never by its text:
 * a secret put into the wrong variable must not end up in a log.
 *
 * @param options.bytes length that every key must have; 32 by default.
 */
export function parseKeyRing(text: string, { bytes = KEY_BYTES }: { bytes?: number } = {}): KeyRing {
  return new KeyRing(text.split(',').map((entry, index) => parseKey(entry.trim(), index + 1, bytes)));
}

function parseKey(entry: string, place: number, bytes: number): RingKey {
  const colon = entry.indexOf(':');
  const kid = entry.slice(0, Math.max(colon, 0));
  if (!KID.test(kid)) throw new Error(`key ${place} of the ring does not begin with a key id and a colon`);
  const key = decodeBase64Url(entry.slice(colon + 1));
  if (!key) throw new Error(`key ${place} of the ring is not base64url without padding`);
  if (key.length !== bytes) throw new Error(`key ${place} of the ring has ${key.length} bytes instead of ${bytes}`);
  return { kid, key };
}

/** A ring of 32-byte keys in an environment variable. */
export const keyRingSchema: z.ZodType<KeyRing, string> = z.string().transform((text, context) => {
  try {
    return parseKeyRing(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'not a key ring' });
    return z.NEVER;
  }
});

/** Text form of a ring of one fresh key of 32 bytes. */
export function generateKey(kid: string): string {
  return formatKey(kid, randomBytes(KEY_BYTES));
}

/** Text form of one key, the inverse of `parseKeyRing`. */
export function formatKey(kid: string, key: Uint8Array): string {
  if (!KID.test(kid)) throw new Error('a key id is 1 to 16 of A-Z, a-z, 0-9, "_" and "-"');
  return `${kid}:${encodeBase64Url(key)}`;
}
