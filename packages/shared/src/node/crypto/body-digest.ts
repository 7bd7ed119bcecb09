import { createHmac } from 'node:crypto';
import { deriveKey } from './derive.js';

/** Derived once per data key: HKDF costs five times the digest. Keys go with the data key's Buffer. */
const digestKeys = new WeakMap<Buffer, Buffer>();

/**
 * Tells whether two bodies of a channel are the same without keeping either: HMAC-SHA256, 32 bytes, under a key derived from
 * the channel's data key, so that a dump allows no guessing. Over UTF-16 as JavaScript holds it, which no two strings share.
 *
 * @param dataKey never changed in place: its derived key is cached.
 */
export function bodyDigest(dataKey: Buffer, body: string): Buffer {
  let key = digestKeys.get(dataKey);
  if (!key) {
    key = deriveKey(dataKey, 'storm body digest v1');
    digestKeys.set(dataKey, key);
  }
  return createHmac('sha256', key).update(body, 'utf16le').digest();
}
