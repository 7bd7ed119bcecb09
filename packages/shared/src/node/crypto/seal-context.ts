import { openBox, sealBox } from './aead.js';
import type { SealHeader } from './seal-header.js';
import type { SealContextKeys } from './seal-schedule.js';

/** The asker's side of a sealing period: seals changes and questions, opens verdicts and answers. */
export interface SealContext {
  /** Named by replies. 16 characters of base64url. */
  readonly id: string;
  /** Goes in clear with what is sealed. */
  readonly header: SealHeader;
  seal(plaintext: Uint8Array, aad: Uint8Array): Buffer;
  /** Throws `DecryptionError`. */
  openReply(box: Uint8Array, aad: Uint8Array): Buffer;
  /** Something asked under this context awaits its reply: the Sealer keeps it until as many releases. */
  retain(): void;
  /** Throws when called more often than `retain`. */
  release(): void;
}

/** A `SealContext` that counts who waits under it. */
export class CountedSealContext implements SealContext {
  #waiting = 0;

  constructor(
    readonly id: string,
    readonly header: SealHeader,
    private readonly keys: SealContextKeys,
    private readonly onIdle: () => void,
  ) {}

  get isRetained(): boolean {
    return this.#waiting > 0;
  }

  seal(plaintext: Uint8Array, aad: Uint8Array): Buffer {
    return sealBox(this.keys.toWorker, plaintext, aad);
  }

  openReply(box: Uint8Array, aad: Uint8Array): Buffer {
    return openBox(this.keys.fromWorker, box, aad);
  }

  retain(): void {
    this.#waiting += 1;
  }

  release(): void {
    if (this.#waiting === 0) throw new Error('a sealing context was released more often than retained');
    this.#waiting -= 1;
    if (this.#waiting === 0) this.onIdle();
  }
}
