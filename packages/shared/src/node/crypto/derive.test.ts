import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { deriveKey, hkdf } from './derive.js';
import { hex } from './testing.js';

const secret = Buffer.alloc(32, 5);

describe('deriveKey', () => {
  it('agrees with Wycheproof', () => {
    type Test = Record<'comment' | 'ikm' | 'salt' | 'info' | 'okm', string> & { tcId: number; size: number };
    const file = readFileSync(new URL('./vectors/wycheproof-hkdf-sha256.json', import.meta.url), 'utf8');
    const { tests } = JSON.parse(file) as { tests: Test[] };
    expect(tests).toHaveLength(30);
    for (const { tcId, ikm, salt, info, size, okm } of tests) {
      expect(hkdf(hex(ikm), hex(salt), hex(info), size), `${tcId}`).toEqual(hex(okm));
    }
  });

  it('gives a key of 32 bytes that differs by secret, purpose and salt', () => {
    const keys = [
      deriveKey(secret, 'one'),
      deriveKey(secret, 'two'),
      deriveKey(secret, 'one', Buffer.alloc(16, 1)),
      deriveKey(secret, 'one', Buffer.alloc(16, 2)),
      deriveKey(Buffer.alloc(32, 6), 'one'),
    ];
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(keys.length);
    expect(keys.every((key) => key.length === 32)).toBe(true);
  });
});
