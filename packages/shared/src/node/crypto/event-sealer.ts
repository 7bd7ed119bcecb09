import { randomBytes } from 'node:crypto';
import { encrypt } from './aead.js';
import { ENVELOPE_VERSION, eventKey, SALT_BYTES } from './event-key.js';
import type { KeyRing } from './key-ring.js';

const DEFAULT_PERIOD_MS = 3_600_000;

interface Period {
  since: number;
  key: Buffer;
  /** What every envelope of the period begins with: version | length of kid | kid | salt. */
  prefix: Buffer;
}

export interface EventSealerOptions {
  /** How long one derived key is used; an hour by default. */
  periodMs?: number;
  /** Epoch milliseconds; `Date.now` by default. */
  now?: () => number;
}

/**
 * Seals events and recent-log entries from workers to gateways. An envelope is
 * version u8 = 1 | length of kid u8 | kid | salt (16) | iv (12) | tag (16) | ciphertext.
 *
 * The key is derived with a random salt per process and period, so that no two processes count towards the same key's limit.
 */
export class EventSealer {
  readonly #secrets: KeyRing;
  readonly #periodMs: number;
  readonly #now: () => number;
  #period: Period | undefined;

  constructor(secrets: KeyRing, { periodMs = DEFAULT_PERIOD_MS, now = Date.now }: EventSealerOptions = {}) {
    this.#secrets = secrets;
    this.#periodMs = periodMs;
    this.#now = now;
  }

  seal(plaintext: Uint8Array, aad: Uint8Array): Buffer {
    const { key, prefix } = this.#currentPeriod();
    const { iv, tag, ciphertext } = encrypt(key, plaintext, aad);
    return Buffer.concat([prefix, iv, tag, ciphertext]);
  }

  #currentPeriod(): Period {
    const now = this.#now();
    const period = this.#period;
    if (period && now >= period.since && now < period.since + this.#periodMs) return period;
    const { kid, key: secret } = this.#secrets.current;
    const salt = randomBytes(SALT_BYTES);
    const prefix = Buffer.concat([Buffer.from([ENVELOPE_VERSION, kid.length]), Buffer.from(kid, 'ascii'), salt]);
    return (this.#period = { since: now, key: eventKey(secret, kid, salt), prefix });
  }
}
