import { LRUCache } from 'lru-cache';
import { openBox, sealBox } from './aead.js';
import { decodeBase64Url } from './base64url.js';
import { DecryptionError, UnknownKey } from './errors.js';
import { setupRecipient } from './hpke.js';
import type { KeyRing } from './key-ring.js';
import { contextId, type SealHeader } from './seal-header.js';
import { exportKeys, pskOf, sealInfo } from './seal-schedule.js';

/** As many processes, times the periods still in the queue, as one worker meets at a time; a miss costs a millisecond. */
const DEFAULT_CACHE_SIZE = 256;

/** The worker's side of a sealing period. */
export interface OpenContext {
  /** The same as the asker's. Replies name it. */
  readonly id: string;
  /** Throws `DecryptionError`. */
  open(box: Uint8Array, aad: Uint8Array): Buffer;
  sealReply(plaintext: Uint8Array, aad: Uint8Array): Buffer;
}

export interface OpenerOptions {
  /** X25519 private keys. */
  sealKeys: KeyRing;
  /** The PSKs. */
  intakeSecrets: KeyRing;
  /** Contexts kept, least recently used ones dropped first; 256 by default. */
  cacheSize?: number;
}

/** Opens what any `Sealer` sealed to a private key of the ring. */
export class Opener {
  readonly #sealKeys: KeyRing;
  readonly #intakeSecrets: KeyRing;
  readonly #contexts: LRUCache<string, Promise<OpenContext>>;

  constructor({ sealKeys, intakeSecrets, cacheSize = DEFAULT_CACHE_SIZE }: OpenerOptions) {
    this.#sealKeys = sealKeys;
    this.#intakeSecrets = intakeSecrets;
    this.#contexts = new LRUCache({ max: cacheSize });
  }

  /**
   * The context of a header, derived once for all who ask at the same time. A context for another PSK or `enc` is no error
   * here: what was not sealed under it does not open. Rejects with `UnknownKey` for a kid or pskId that the rings lack, and
   * with `DecryptionError` for an `enc` that is no key.
   */
  context(header: SealHeader): Promise<OpenContext> {
    const cacheKey = `${header.kid}.${header.pskId}.${header.enc}`;
    const known = this.#contexts.get(cacheKey);
    if (known) return known;
    const context = this.#derive(header);
    this.#contexts.set(cacheKey, context);
    context.catch(() => {
      if (this.#contexts.peek(cacheKey) === context) this.#contexts.delete(cacheKey);
    });
    return context;
  }

  async #derive({ kid, pskId, enc: encoded }: SealHeader): Promise<OpenContext> {
    const privateKey = this.#sealKeys.get(kid);
    if (!privateKey) throw new UnknownKey('seal key', kid);
    const secret = this.#intakeSecrets.get(pskId);
    if (!secret) throw new UnknownKey('intake secret', pskId);
    const enc = decodeBase64Url(encoded);
    if (!enc) throw new DecryptionError();
    const { toWorker, fromWorker } = await deriveKeys(kid, privateKey, pskId, secret, enc);
    return {
      id: contextId(enc),
      open: (box, aad) => openBox(toWorker, box, aad),
      sealReply: (plaintext, aad) => sealBox(fromWorker, plaintext, aad),
    };
  }
}

async function deriveKeys(kid: string, privateKey: Buffer, pskId: string, secret: Buffer, enc: Buffer) {
  try {
    return await exportKeys(await setupRecipient({ privateKey, psk: pskOf(pskId, secret), info: sealInfo(kid), enc }));
  } catch {
    throw new DecryptionError();
  }
}
