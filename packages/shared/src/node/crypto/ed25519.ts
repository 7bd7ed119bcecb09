import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { asBuffer } from './base64url.js';

/** What PKCS #8 and SPKI put before the 32 bytes of an Ed25519 key (RFC 8410 §4, §7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_BYTES = 32;

/** The key that signs, from its seed (RFC 8032 §5.1.5). Throws `RangeError` unless it has 32 bytes. */
export function ed25519Private(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8, ofKeyLength(seed)]), format: 'der', type: 'pkcs8' });
}

/** The key that verifies. Throws `RangeError` unless it has 32 bytes. */
export function ed25519Public(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI, ofKeyLength(bytes)]), format: 'der', type: 'spki' });
}

/** The 32 bytes of the public key that belongs to a seed. */
export function ed25519PublicOf(seed: Uint8Array): Buffer {
  const exported = createPublicKey(ed25519Private(seed)).export({ format: 'der', type: 'spki' });
  return exported.subarray(SPKI.length);
}

/** 64 bytes; the same for the same key and bytes. */
export const ed25519Sign = (key: KeyObject, bytes: Uint8Array): Buffer => sign(null, bytes, key);

export const ed25519Verify = (key: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean =>
  verify(null, bytes, key, signature);

function ofKeyLength(bytes: Uint8Array): Buffer {
  if (bytes.length !== KEY_BYTES) throw new RangeError(`an Ed25519 key has ${KEY_BYTES} bytes`);
  return asBuffer(bytes);
}
