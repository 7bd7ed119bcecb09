import { randomFillSync } from 'node:crypto';

/** Length of an AES-GCM IV in bytes: 96 bits, the one length GCM uses as is (NIST SP 800-38D §8.2). */
export const IV_BYTES = 12;

const pool = Buffer.allocUnsafeSlow(IV_BYTES * 512);
let used = pool.length;

/**
 * A fresh random IV that the caller owns. Drawn from a pool because one call to the generator costs 3 µs, as much as the
 * encryption it is for; every byte of the pool is handed out once.
 */
export function randomIv(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const iv = Buffer.allocUnsafe(IV_BYTES);
  pool.copy(iv, 0, used, used + IV_BYTES);
  used += IV_BYTES;
  return iv;
}
