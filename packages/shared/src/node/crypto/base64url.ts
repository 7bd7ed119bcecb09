/** RFC 4648 §5 without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('base64url');
}

/**
 * The bytes, or undefined for anything that an encoder would not have written: padding, white space, `+`, `/`, an impossible
 * length, bits set in the unused end of the last character. `Buffer.from` forgives all of these, and a text with two
 * spellings is a text whose digest, cache key or signature can be dodged.
 */
export function decodeBase64Url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/** The same memory as a Buffer, not a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
