import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BOX_OVERHEAD, decrypt, encrypt, openBox, sealBox } from './aead.js';
import { DecryptionError } from './errors.js';
import { flipBit } from './testing.js';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const bytes = fc.uint8Array({ maxLength: 300 });
const some = fc.uint8Array({ minLength: 1, maxLength: 300 });

describe('encrypt', () => {
  it('opens to what was encrypted', () => {
    fc.assert(
      fc.property(key, bytes, bytes, (k, text, aad) => {
        expect(decrypt(k, encrypt(k, text, aad), aad)).toEqual(Buffer.from(text));
        expect(openBox(k, sealBox(k, text, aad), aad)).toEqual(Buffer.from(text));
      }),
    );
  });

  it('does not open with any bit of iv, tag, ciphertext, AAD or key the other way', () => {
    fc.assert(
      fc.property(key, some, some, fc.nat(), (k, text, aad, bit) => {
        const sealed = encrypt(k, text, aad);
        for (const part of ['iv', 'tag', 'ciphertext'] as const) {
          const altered = { ...sealed, [part]: flipBit(sealed[part], bit) };
          expect(() => decrypt(k, altered, aad), part).toThrow(DecryptionError);
        }
        expect(() => decrypt(k, sealed, flipBit(aad, bit)), 'aad').toThrow(DecryptionError);
        expect(() => decrypt(flipBit(k, bit), sealed, aad), 'key').toThrow(DecryptionError);
      }),
    );
  });

  it('never takes a tag shortened to what Node.js would allow', () => {
    const k = Buffer.alloc(32, 7);
    const sealed = encrypt(k, Buffer.from('text'), Buffer.alloc(0));
    for (let length = 0; length < 16; length += 1) {
      expect(() => decrypt(k, { ...sealed, tag: sealed.tag.subarray(0, length) }, Buffer.alloc(0))).toThrow(DecryptionError);
    }
    const longer = { ...sealed, tag: Buffer.concat([sealed.tag, Buffer.alloc(1)]) };
    expect(() => decrypt(k, longer, Buffer.alloc(0))).toThrow(DecryptionError);
  });

  it.each([0, 1, 8, 11, 13, 16])('refuses an iv of %i bytes', (length) => {
    const k = Buffer.alloc(32, 7);
    const sealed = encrypt(k, Buffer.from('text'), Buffer.alloc(0));
    expect(() => decrypt(k, { ...sealed, iv: Buffer.alloc(length) }, Buffer.alloc(0))).toThrow(DecryptionError);
  });

  it('never uses an iv twice, and owns each', () => {
    const k = Buffer.alloc(32, 7);
    const sealed = Array.from({ length: 2_000 }, () => encrypt(k, Buffer.alloc(0), Buffer.alloc(0)));
    expect(new Set(sealed.map(({ iv }) => iv.toString('hex'))).size).toBe(sealed.length);
    for (const one of sealed) expect(decrypt(k, one, Buffer.alloc(0))).toHaveLength(0);
  });

  it.each([0, 16, 31, 33])('says so when a key has %i bytes: that is a mistake of ours, not an attack', (length) => {
    expect(() => encrypt(Buffer.alloc(length), Buffer.alloc(1), Buffer.alloc(0))).toThrow(RangeError);
    expect(() => openBox(Buffer.alloc(length), Buffer.alloc(64), Buffer.alloc(0))).toThrow(RangeError);
  });
});

describe('a box', () => {
  it('does not open with any one bit the other way', () => {
    const k = Buffer.alloc(32, 7);
    const aad = Buffer.from('aad');
    const box = sealBox(k, Buffer.from('some text'), aad);
    for (let bit = 0; bit < box.length * 8; bit += 1) expect(() => openBox(k, flipBit(box, bit), aad)).toThrow(DecryptionError);
  });

  it('does not open cut short anywhere, or longer', () => {
    const k = Buffer.alloc(32, 7);
    const box = sealBox(k, Buffer.from('some text'), Buffer.alloc(0));
    for (let length = 0; length < box.length; length += 1) {
      expect(() => openBox(k, box.subarray(0, length), Buffer.alloc(0))).toThrow(DecryptionError);
    }
    expect(() => openBox(k, Buffer.concat([box, Buffer.alloc(1)]), Buffer.alloc(0))).toThrow(DecryptionError);
  });

  it('is as long as its text and the overhead', () => {
    expect(sealBox(Buffer.alloc(32), Buffer.alloc(100), Buffer.alloc(0))).toHaveLength(100 + BOX_OVERHEAD);
  });

  it('says nothing about why it did not open', () => {
    const error = new DecryptionError();
    expect({ ...error, message: error.message, cause: error.cause }).toEqual({
      name: 'DecryptionError',
      message: 'decryption failed',
      cause: undefined,
    });
  });
});
