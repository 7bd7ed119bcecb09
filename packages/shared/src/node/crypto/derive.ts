import { hkdfSync } from 'node:crypto';

const NO_SALT = Buffer.alloc(0);
const KEY_BYTES = 32;

/**
 * HKDF-SHA256 (RFC 5869): a key of 32 bytes for one purpose, so that no key serves two.
 *
 * @param purpose the `info` of HKDF, e.g. `storm body digest v1`.
 * @param salt random bytes that may be public; none by default.
 */
export function deriveKey(secret: Uint8Array, purpose: string | Uint8Array, salt: Uint8Array = NO_SALT): Buffer {
  return hkdf(secret, salt, purpose, KEY_BYTES);
}

/** Only for `deriveKey` and published vectors. */
export function hkdf(secret: Uint8Array, salt: Uint8Array, info: string | Uint8Array, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, bytes));
}
