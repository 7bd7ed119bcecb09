/** For tests: a copy with one bit the other way. `bit` counts from the first byte's lowest, modulo the length. */
export function flipBit(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = (bit >> 3) % copy.length;
  copy.writeUInt8(copy.readUInt8(index) ^ (1 << (bit & 7)), index);
  return copy;
}

export const hex = (text: string): Buffer => Buffer.from(text, 'hex');
