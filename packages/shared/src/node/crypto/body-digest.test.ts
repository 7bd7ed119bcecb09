import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyDigest } from './body-digest.js';
import { newDataKey } from './data-key.js';

const key = newDataKey();

describe('bodyDigest', () => {
  it('is the same for the same body, and 32 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (body) => {
        expect(bodyDigest(key, body)).toEqual(bodyDigest(Buffer.from(key), body));
        expect(bodyDigest(key, body)).toHaveLength(32);
      }),
    );
  });

  it.each([
    ['a', 'b'],
    ['a', 'a '],
    ['é', 'e\u0301'],
    ['\ud800', '\ud801'],
    ['', '\u0000'],
  ])('differs between %j and %j', (one, other) => {
    expect(bodyDigest(key, one)).not.toEqual(bodyDigest(key, other));
  });

  it('differs between channels', () => {
    expect(bodyDigest(newDataKey(), 'body')).not.toEqual(bodyDigest(key, 'body'));
  });

  it('is not made with the data key itself', () => {
    expect(bodyDigest(key, 'body')).not.toEqual(createHmac('sha256', key).update('body', 'utf16le').digest());
  });
});
