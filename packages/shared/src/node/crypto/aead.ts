import { createCipheriv, createDecipheriv } from 'node:crypto';
import { DecryptionError } from './errors.js';
import { IV_BYTES, randomIv } from './random-iv.js';

const ALGORITHM = 'aes-256-gcm';
const TAG_BYTES = 16;
/** Without it Node.js accepts tags of 4 bytes, which are guessed in 2^32 tries. */
const OPTIONS = { authTagLength: TAG_BYTES };

/** What a box is longer than its plaintext, in bytes. */
export const BOX_OVERHEAD = IV_BYTES + TAG_BYTES;

export interface Sealed {
  /** 12 bytes, random. */
  iv: Buffer;
  /** 16 bytes. */
  tag: Buffer;
  ciphertext: Buffer;
}

/**
 * AES-256-GCM under a fresh random IV. Not more than 2^32 times under one key, so that the chance of a repeated IV stays
 * below 2^-32 (NIST SP 800-38D §8.3).
 *
 * @param key 32 bytes; throws `RangeError` for other lengths.
 * @param aad what must be the same on opening: see `aadOf`.
 */
export function encrypt(key: Buffer, plaintext: Uint8Array, aad: Uint8Array): Sealed {
  return encryptWithIv(key, randomIv(), plaintext, aad);
}

/** Only for `encrypt` and published vectors: the same IV twice under one key gives both plaintexts away. */
export function encryptWithIv(key: Buffer, iv: Buffer, plaintext: Uint8Array, aad: Uint8Array): Sealed {
  const cipher = createCipheriv(ALGORITHM, key, iv, OPTIONS);
  cipher.setAAD(aad);
  const ciphertext = cipher.update(plaintext);
  cipher.final(); // GCM streams: nothing is left but the tag
  return { iv, tag: cipher.getAuthTag(), ciphertext };
}

/** Throws `DecryptionError` unless key, iv, tag, ciphertext and AAD are those of one encryption. */
export function decrypt(key: Buffer, sealed: Sealed, aad: Uint8Array): Buffer {
  return open(key, sealed.iv, sealed.tag, sealed.ciphertext, aad);
}

/** `encrypt` as one byte string: iv (12) | tag (16) | ciphertext. */
export function sealBox(key: Buffer, plaintext: Uint8Array, aad: Uint8Array): Buffer {
  const { iv, tag, ciphertext } = encrypt(key, plaintext, aad);
  const box = Buffer.allocUnsafe(BOX_OVERHEAD + ciphertext.length);
  box.set(iv, 0);
  box.set(tag, IV_BYTES);
  box.set(ciphertext, BOX_OVERHEAD);
  return box;
}

/** Opens what `sealBox` made; throws `DecryptionError` otherwise. */
export function openBox(key: Buffer, box: Uint8Array, aad: Uint8Array): Buffer {
  return open(key, box.subarray(0, IV_BYTES), box.subarray(IV_BYTES, BOX_OVERHEAD), box.subarray(BOX_OVERHEAD), aad);
}

function open(key: Buffer, iv: Uint8Array, tag: Uint8Array, ciphertext: Uint8Array, aad: Uint8Array): Buffer {
  if (iv.length !== IV_BYTES || tag.length !== TAG_BYTES) throw new DecryptionError();
  const decipher = createDecipheriv(ALGORITHM, key, iv, OPTIONS);
  decipher.setAuthTag(tag);
  decipher.setAAD(aad);
  const plaintext = decipher.update(ciphertext);
  try {
    decipher.final(); // the tag is checked here: nothing of `plaintext` leaves before
  } catch {
    throw new DecryptionError();
  }
  return plaintext;
}
