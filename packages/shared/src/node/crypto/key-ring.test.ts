import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { encodeBase64Url } from './base64url.js';
import { formatKey, generateKey, KeyRing, keyRingSchema, parseKeyRing } from './key-ring.js';

const one = Buffer.alloc(32, 1);
const two = Buffer.alloc(32, 2);
const text = `a:${encodeBase64Url(one)},b:${encodeBase64Url(two)}`;

describe('a key ring', () => {
  it('seals with the first key and opens with all', () => {
    const ring = parseKeyRing(text);
    expect(ring.current).toEqual({ kid: 'a', key: one });
    expect(ring.get('b')).toEqual(two);
    expect(ring.get('c')).toBeUndefined();
    expect(ring.get('__proto__')).toBeUndefined();
    expect(ring.kids).toEqual(['a', 'b']);
  });

  it('allows white space around entries, as a file may have', () => {
    expect(parseKeyRing(` ${text.replace(',', ' ,\n ')}\n`).kids).toEqual(['a', 'b']);
  });

  it('shows its key ids and no key, however it is printed', () => {
    const ring = parseKeyRing(text);
    expect(JSON.stringify({ ring })).toBe('{"ring":{"kids":["a","b"]}}');
    expect(inspect({ ring }, { depth: 9, showHidden: true })).toBe('{ ring: KeyRing(a, b) }');
    expect(`${inspect(ring)}`).toBe('KeyRing(a, b)');
  });

  it('generates keys that differ and can be read', () => {
    const keys = [generateKey('k'), generateKey('k')].map((generated) => parseKeyRing(generated).current.key);
    expect(keys[0]).toHaveLength(32);
    expect(keys[0]).not.toEqual(keys[1]);
  });

  it('takes keys of another length where it is asked for', () => {
    expect(parseKeyRing(formatKey('k', Buffer.alloc(64)), { bytes: 64 }).current.key).toHaveLength(64);
  });

  it('refuses to be empty', () => {
    expect(() => new KeyRing([])).toThrow('at least one key');
  });
});

describe('a wrong key ring', () => {
  const secret = encodeBase64Url(Buffer.alloc(32, 0xab));

  it.each([
    ['nothing', '', 'key 1 of the ring does not begin with a key id and a colon'],
    ['no kid', secret, 'key 1 of the ring does not begin with a key id and a colon'],
    ['an empty kid', `:${secret}`, 'key 1 of the ring does not begin'],
    ['a kid of 17 characters', `${'k'.repeat(17)}:${secret}`, 'key 1 of the ring does not begin'],
    ['a kid with a dot', `a.b:${secret}`, 'key 1 of the ring does not begin'],
    ['a trailing comma', `${text},`, 'key 3 of the ring does not begin'],
    ['a short key', `a:${secret},b:${secret.slice(4)}`, 'key 2 of the ring has 29 bytes instead of 32'],
    ['padding', `a:${secret}=`, 'key 1 of the ring is not base64url'],
    ['hex', `a:${'ab'.repeat(32)}`, 'key 1 of the ring has 48 bytes instead of 32'],
    ['one kid twice', `a:${secret},a:${secret}`, 'the same key id twice'],
  ])('of %s is refused without a word of the secret', (_, wrong, message) => {
    const result = keyRingSchema.safeParse(wrong);
    expect(() => parseKeyRing(wrong)).toThrow(message);
    expect(result.success).toBe(false);
    expect(z.prettifyError(result.error ?? new z.ZodError([]))).toContain(message);
    expect(inspect(result.error, { depth: 9 })).not.toContain(secret.slice(8, 24));
  });

  it('cannot be made in text form either', () => {
    expect(() => generateKey('no kid')).toThrow('a key id is');
    expect(() => new KeyRing([{ kid: '', key: one }])).toThrow('a key id is');
  });
});

describe('keyRingSchema', () => {
  it('parses a ring of 32-byte keys', () => {
    expect(keyRingSchema.parse(text).kids).toEqual(['a', 'b']);
  });

  it('refuses what is not text', () => {
    expect(keyRingSchema.safeParse(undefined).success).toBe(false);
  });
});
