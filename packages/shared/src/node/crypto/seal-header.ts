import { createHash } from 'node:crypto';
import { z } from 'zod';
import { decodeBase64Url, encodeBase64Url } from './base64url.js';
import { X25519_BYTES } from './hpke.js';
import { KID } from './key-ring.js';

const ID_BYTES = 12;

/** What travels in clear beside sealed entries, so that any worker can derive the keys they are sealed under. */
export const sealHeaderSchema = z.strictObject({
  /** Of the seal key pair. */
  kid: z.string().regex(KID),
  /** Of the intake secret, the PSK. */
  pskId: z.string().regex(KID),
  /** HPKE's encapsulated key: 32 bytes as base64url. */
  enc: z
    .string()
    .max(64)
    .refine((text) => decodeBase64Url(text)?.length === X25519_BYTES, 'not 32 bytes as base64url'),
});

export type SealHeader = z.infer<typeof sealHeaderSchema>;

/** Name of a context in replies: 16 characters, from 96 bits of SHA-256 over `enc`. Not secret and no proof of anything. */
export function contextId(enc: Uint8Array): string {
  return encodeBase64Url(createHash('sha256').update(enc).digest().subarray(0, ID_BYTES));
}
