export type AadPart = string | number;

const STRING = 1;
const NUMBER = 2;
const PREFIX_BYTES = 5;
const NUMBER_BYTES = 8;

/**
 * Parts as one byte string for AAD or a MAC: per part its type (u8), its length (u32, big endian) and its bytes. Injective, so
 * two lists give the same bytes only if they have the same parts: `('a', 'bc')`, `('ab', 'c')`, `('1')` and `(1)` all differ.
 *
 * Strings are UTF-16 as JavaScript holds them, because UTF-8 writes every lone surrogate as the same replacement character.
 * Numbers are IEEE 754 doubles, -0 being 0; throws `TypeError` for NaN and infinities.
 */
export function aadOf(...parts: AadPart[]): Buffer {
  let size = 0;
  for (const part of parts) size += PREFIX_BYTES + bytesOf(part);
  const aad = Buffer.allocUnsafe(size);
  let offset = 0;
  for (const part of parts) offset = write(aad, offset, part);
  return aad;
}

function bytesOf(part: AadPart): number {
  return typeof part === 'string' ? part.length * 2 : NUMBER_BYTES;
}

function write(aad: Buffer, start: number, part: AadPart): number {
  const length = bytesOf(part);
  const offset = aad.writeUInt32BE(length, start + 1);
  if (typeof part === 'string') {
    aad[start] = STRING;
    aad.write(part, offset, 'utf16le');
  } else {
    if (!Number.isFinite(part)) throw new TypeError('a number in AAD must be finite');
    aad[start] = NUMBER;
    aad.writeDoubleBE(part + 0, offset);
  }
  return offset + length;
}
