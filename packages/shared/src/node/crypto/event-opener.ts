import { LRUCache } from 'lru-cache';
import { BOX_OVERHEAD, openBox } from './aead.js';
import { asBuffer } from './base64url.js';
import { DecryptionError } from './errors.js';
import { ENVELOPE_VERSION, eventKey, SALT_BYTES } from './event-key.js';
import type { KeyRing } from './key-ring.js';

/** One per worker process and hour that recent logs still hold; a miss costs 10 µs. */
const DEFAULT_CACHE_SIZE = 256;
const KID_START = 2;

/** Opens what an `EventSealer` with a key of the ring sealed. */
export class EventOpener {
  readonly #secrets: KeyRing;
  /** Derived keys by kid and salt, as latin1. */
  readonly #keys: LRUCache<string, Buffer>;

  constructor(secrets: KeyRing, { cacheSize = DEFAULT_CACHE_SIZE }: { cacheSize?: number } = {}) {
    this.#secrets = secrets;
    this.#keys = new LRUCache({ max: cacheSize });
  }

  /** Throws `DecryptionError` for everything that is not such an envelope, an unknown kid included. */
  open(envelope: Uint8Array, aad: Uint8Array): Buffer {
    const bytes = asBuffer(envelope);
    const kidEnd = KID_START + (bytes[1] ?? 0);
    const saltEnd = kidEnd + SALT_BYTES;
    if (bytes[0] !== ENVELOPE_VERSION || bytes.length < saltEnd + BOX_OVERHEAD) throw new DecryptionError();

    const cacheKey = bytes.toString('latin1', KID_START, saltEnd);
    const known = this.#keys.get(cacheKey);
    const key = known ?? this.#derive(bytes.toString('latin1', KID_START, kidEnd), bytes.subarray(kidEnd, saltEnd));
    const plaintext = openBox(key, bytes.subarray(saltEnd), aad);
    if (!known) this.#keys.set(cacheKey, key); // only what opened: forged salts must not push out keys in use
    return plaintext;
  }

  #derive(kid: string, salt: Buffer): Buffer {
    const secret = this.#secrets.get(kid);
    if (!secret) throw new DecryptionError();
    return eventKey(secret, kid, salt);
  }
}
