import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asBuffer, decodeBase64Url, encodeBase64Url } from './base64url.js';

describe('base64url', () => {
  it('gives back the bytes it was given', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase64Url(encodeBase64Url(bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('accepts one spelling of a byte string only', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'AQgw_-+/=?. \n~') }), (text) => {
        const bytes = decodeBase64Url(text);
        expect(bytes === undefined || encodeBase64Url(bytes) === text).toBe(true);
      }),
    );
  });

  it.each([
    ['padding', 'AA=='],
    ['the alphabet of plain base64', '+/+/'],
    ['a space', 'AA AA'],
    ['a line feed at the end', 'AAAA\n'],
    ['a length that no bytes have', 'AAAAA'],
    ['bits set in the unused end', 'AB'],
    ['a question mark', 'AA?A'],
    ['letters beyond ASCII', 'AAAÄ'],
  ])('refuses %s', (_, text) => {
    expect(decodeBase64Url(text)).toBeUndefined();
  });

  it('views a part of a larger array without copying', () => {
    const array = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
    const view = asBuffer(array);
    array[0] = 9;
    expect([...view]).toEqual([9, 3]);
  });
});
