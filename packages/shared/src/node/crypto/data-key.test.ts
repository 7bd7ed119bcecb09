import { describe, expect, it } from 'vitest';
import { newDataKey, rewrapDataKey, unwrapDataKey, wrapDataKey } from './data-key.js';
import { DecryptionError, UnknownKey } from './errors.js';
import { generateKey, KeyRing, parseKeyRing } from './key-ring.js';
import { flipBit } from './testing.js';

const old = parseKeyRing(generateKey('m1'));
const rotated = new KeyRing([parseKeyRing(generateKey('m2')).current, old.current]);
const key = newDataKey();

describe('a data key', () => {
  it('is 32 bytes and never the same', () => {
    expect(key).toHaveLength(32);
    expect(newDataKey()).not.toEqual(key);
  });

  it('is wrapped under the current master key and unwraps', () => {
    const wrapped = wrapDataKey(key, 'c1', 1, old);
    expect(wrapped.masterKid).toBe('m1');
    expect(wrapped.wrapped).toHaveLength(60);
    expect(wrapped.wrapped.includes(key)).toBe(false);
    expect(unwrapDataKey(wrapped, 'c1', 1, old)).toEqual(key);
    expect(unwrapDataKey(wrapped, 'c1', 1, rotated)).toEqual(key);
  });

  it('does not unwrap with any bit the other way', () => {
    const { wrapped, masterKid } = wrapDataKey(key, 'c1', 1, old);
    for (let bit = 0; bit < wrapped.length * 8; bit += 1) {
      expect(() => unwrapDataKey({ wrapped: flipBit(wrapped, bit), masterKid }, 'c1', 1, old)).toThrow(DecryptionError);
    }
  });

  it('does not unwrap for another channel or version', () => {
    const wrapped = wrapDataKey(key, 'c1', 1, old);
    for (const [channelId, version] of [
      ['c2', 1],
      ['c1', 2],
      ['c', 11],
      ['c11', 1],
    ] as const) {
      expect(() => unwrapDataKey(wrapped, channelId, version, old)).toThrow(DecryptionError);
    }
  });

  it('does not unwrap under another master key, also not of the same bytes by another name', () => {
    const wrapped = wrapDataKey(key, 'c1', 1, old);
    expect(() => unwrapDataKey({ ...wrapped, masterKid: 'm2' }, 'c1', 1, rotated)).toThrow(DecryptionError);
    const renamed = new KeyRing([{ kid: 'mX', key: old.current.key }]);
    expect(() => unwrapDataKey({ ...wrapped, masterKid: 'mX' }, 'c1', 1, renamed)).toThrow(DecryptionError);
  });

  it('names the master key that is missing', () => {
    const wrapped = wrapDataKey(key, 'c1', 1, rotated);
    expect(() => unwrapDataKey(wrapped, 'c1', 1, old)).toThrow(new UnknownKey('master key', 'm2'));
  });

  it('of another length is not wrapped', () => {
    expect(() => wrapDataKey(Buffer.alloc(16), 'c1', 1, old)).toThrow(RangeError);
  });
});

describe('rotation of master keys', () => {
  it('wraps the same data key anew, once', () => {
    const wrapped = wrapDataKey(key, 'c1', 3, old);
    const rewrapped = rewrapDataKey(wrapped, 'c1', 3, rotated);
    if (!rewrapped) throw new Error('a key under a retired master key must be wrapped anew');
    expect(rewrapped.masterKid).toBe('m2');
    expect(unwrapDataKey(rewrapped, 'c1', 3, new KeyRing([rotated.current]))).toEqual(key);
    expect(rewrapDataKey(rewrapped, 'c1', 3, rotated)).toBeUndefined();
  });

  it('does not carry a tampered key over', () => {
    const { wrapped, masterKid } = wrapDataKey(key, 'c1', 3, old);
    expect(() => rewrapDataKey({ wrapped: flipBit(wrapped, 300), masterKid }, 'c1', 3, rotated)).toThrow(DecryptionError);
  });
});
