import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aadOf, type AadPart } from './aad.js';

/** Reads back what `aadOf` wrote: that this is possible is what makes it injective. */
function read(aad: Buffer): AadPart[] {
  const parts: AadPart[] = [];
  for (let offset = 0; offset < aad.length;) {
    const length = aad.readUInt32BE(offset + 1);
    const start = offset + 5;
    parts.push(aad[offset] === 1 ? aad.toString('utf16le', start, start + length) : aad.readDoubleBE(start));
    offset = start + length;
  }
  return parts;
}

const part = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)), // lone surrogates too
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
);

describe('aadOf', () => {
  it('can be read back, so no two lists of parts share their bytes', () => {
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        expect(read(aadOf(...parts))).toEqual(parts);
      }),
    );
  });

  it.each<[string, AadPart[], AadPart[]]>([
    ['a character moved to the next part', ['ab', 'c'], ['a', 'bc']],
    ['two parts made one', ['a', 'b'], ['ab']],
    ['an empty part more', ['a'], ['a', '']],
    ['a number and its text', [1], ['1']],
    ['two lone surrogates', ['\ud800'], ['\ud801']],
    ['parts in another order', ['a', 'b'], ['b', 'a']],
  ])('tells %s apart', (_, one, other) => {
    expect(aadOf(...one)).not.toEqual(aadOf(...other));
  });

  it('takes -0 for 0, as JSON does', () => {
    expect(aadOf(-0)).toEqual(aadOf(0));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %s', (number) => {
    expect(() => aadOf('a', number)).toThrow(TypeError);
  });
});
