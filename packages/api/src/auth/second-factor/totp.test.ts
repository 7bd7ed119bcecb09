import { describe, expect, it } from 'vitest';
import { base32, codeAt, newSecret, stepOf, uriOf } from './totp.js';

/** RFC 6238, Appendix B, SHA-1: seconds and the code of eight digits, of which ours are the last six (RFC 4226 §5.3). */
const secret = Buffer.from('12345678901234567890');
const vectors: [number, string][] = [
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
];

describe.each(vectors)('at %i s', (seconds, eight) => {
  const code = eight.slice(2);

  it('the code is that of RFC 6238', () => expect(codeAt(secret, seconds * 1_000)).toBe(code));

  it('it is of its own step, seen from there, one before and one after, and from nowhere else', () => {
    const step = Math.floor(seconds / 30);
    const seenFrom = (distance: number) => stepOf(code, secret, (seconds + distance * 30) * 1_000);
    expect([-1, 0, 1].map(seenFrom)).toEqual([step, step, step]);
    expect([-3, -2, 2, 3].map(seenFrom)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

it.each(['', '28708', '2870822', '94287082', 'abcdef', '28708２'])('takes "%s" for no code', (code) => {
  expect(stepOf(code, secret, 59_000)).toBeUndefined();
});

it('says a secret as apps take it', () => {
  expect(base32(secret)).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  const uri = new URL(uriOf(secret, { issuer: 'chat: ours', account: 'ada&secret=x' }));
  expect(uri.protocol + uri.host).toBe('otpauth:totp');
  expect(decodeURIComponent(uri.pathname)).toBe('/chat: ours:ada&secret=x');
  expect(Object.fromEntries(uri.searchParams)).toEqual({
    issuer: 'chat: ours',
    secret: base32(secret),
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  });
});

it('makes secrets of 160 bits that differ', () => {
  expect(newSecret()).toHaveLength(20);
  expect(newSecret()).not.toEqual(newSecret());
});
