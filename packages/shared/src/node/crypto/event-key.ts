import { aadOf } from './aad.js';
import { deriveKey } from './derive.js';

/** First byte of an envelope. */
export const ENVELOPE_VERSION = 1;
export const SALT_BYTES = 16;

/** The key of one process and period. Its `info` binds version and kid, its salt is in the envelope: all of it is authenticated. */
export function eventKey(secret: Buffer, kid: string, salt: Uint8Array): Buffer {
  return deriveKey(secret, aadOf('storm event', ENVELOPE_VERSION, kid), salt);
}
