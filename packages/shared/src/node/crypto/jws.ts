import { createHmac } from 'node:crypto';
import { decodeBase64Url, encodeBase64Url } from './base64url.js';
import { equalBytes } from './constant-time.js';

/** Longest token we look at, in characters. Ours have about 400. */
export const MAX_TOKEN_LENGTH = 4096;
/** RFC 7518 §3.2: a key at least as long as the hash. */
const MIN_KEY_BYTES = 32;

/** The parts of a JWS in compact serialization (RFC 7515 §7.1), decoded and not yet believed. */
export interface CompactJws {
  readonly header: Buffer;
  readonly payload: Buffer;
  readonly signature: Buffer;
  /** What the signature is over. */
  readonly signingInput: string;
}

/** Undefined unless it is exactly three parts of strict base64url (see `decodeBase64Url`) in at most 4,096 characters. */
export function parseCompact(token: string): CompactJws | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return undefined;
  const parts = token.split('.', 4);
  const [header, payload, signature] = parts.map(decodeBase64Url);
  if (parts.length !== 3 || !header || !payload || !signature) return undefined;
  return { header, payload, signature, signingInput: token.slice(0, token.lastIndexOf('.')) };
}

/** Header and payload as a compact JWS, signed by `sign` over its input. */
export function signCompact(sign: (signingInput: string) => Uint8Array, header: Uint8Array, payload: Uint8Array): string {
  const signingInput = `${encodeBase64Url(header)}.${encodeBase64Url(payload)}`;
  return `${signingInput}.${encodeBase64Url(sign(signingInput))}`;
}

/** The `HS256` of RFC 7518 §3.2: HMAC-SHA256, 32 bytes. Throws `RangeError` for a key under 32 bytes. */
export function hs256(key: Uint8Array, signingInput: string): Buffer {
  if (key.length < MIN_KEY_BYTES) throw new RangeError(`an HS256 key has at least ${MIN_KEY_BYTES} bytes`);
  return createHmac('sha256', key).update(signingInput, 'ascii').digest();
}

/** Compares in constant time. */
export function verifyHs256(key: Uint8Array, signingInput: string, signature: Uint8Array): boolean {
  return equalBytes(signature, hs256(key, signingInput));
}
