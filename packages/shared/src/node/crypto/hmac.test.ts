import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { equalBytes } from './constant-time.js';
import { hmac, hmacOf, verifyHmac } from './hmac.js';
import { flipBit, hex } from './testing.js';

const key = Buffer.alloc(32, 5);

describe('hmac', () => {
  it('agrees with Wycheproof', () => {
    type Test = Record<'comment' | 'key' | 'msg' | 'tag' | 'result', string> & { tcId: number };
    const file = readFileSync(new URL('./vectors/wycheproof-hmac-sha256.json', import.meta.url), 'utf8');
    const { tests } = JSON.parse(file) as { tests: Test[] };
    expect(new Set(tests.map(({ result }) => result))).toEqual(new Set(['valid', 'invalid']));
    for (const { tcId, comment, key: aKey, msg, tag, result } of tests) {
      expect(equalBytes(hmacOf(hex(aKey), hex(msg)), hex(tag)), `${tcId} ${comment}`).toBe(result === 'valid');
    }
  });

  it('verifies what it made', () => {
    expect(verifyHmac(hmac(key, 'user', 'u1', 7), key, 'user', 'u1', 7)).toBe(true);
  });

  it('does not verify with any bit, part or key another, or cut short', () => {
    const mac = hmac(key, 'user', 'u1', 7);
    for (let bit = 0; bit < mac.length * 8; bit += 1) expect(verifyHmac(flipBit(mac, bit), key, 'user', 'u1', 7)).toBe(false);
    expect(verifyHmac(mac, key, 'useru', '1', 7)).toBe(false);
    expect(verifyHmac(mac, key, 'user', 'u1', '7')).toBe(false);
    expect(verifyHmac(mac, key, 'user', 'u1')).toBe(false);
    expect(verifyHmac(mac, flipBit(key, 3), 'user', 'u1', 7)).toBe(false);
    expect(verifyHmac(mac.subarray(0, 31), key, 'user', 'u1', 7)).toBe(false);
    expect(verifyHmac(Buffer.alloc(0), key, 'user', 'u1', 7)).toBe(false);
  });
});
