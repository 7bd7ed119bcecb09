import { createHmac } from 'node:crypto';
import { aadOf, type AadPart } from './aad.js';
import { equalBytes } from './constant-time.js';

/** HMAC-SHA256 (RFC 2104) over `aadOf(...parts)`, 32 bytes: moving a character from one part to the next changes it. */
export function hmac(key: Uint8Array, ...parts: AadPart[]): Buffer {
  return hmacOf(key, aadOf(...parts));
}

/** HMAC-SHA256 over bytes as they are. */
export function hmacOf(key: Uint8Array, bytes: Uint8Array): Buffer {
  return createHmac('sha256', key).update(bytes).digest();
}

/** Whether `mac` is `hmac(key, ...parts)`, in constant time. */
export function verifyHmac(mac: Uint8Array, key: Uint8Array, ...parts: AadPart[]): boolean {
  return equalBytes(mac, hmac(key, ...parts));
}
