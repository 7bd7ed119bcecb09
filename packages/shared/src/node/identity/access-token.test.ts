import { describe, expect, it } from 'vitest';
import { newSessionId, newUserId } from '../../contracts/index.js';
import { limits } from '../../protocol/index.js';
import { generateKey, InvalidToken, parseKeyRing, signJwt, tokenKeys } from '../crypto/index.js';
import { bearerOf, signAccessToken, verifyAccessToken, type TokenOptions } from './access-token.js';

const freshKeys = () => tokenKeys({ secret: parseKeyRing(generateKey('t1')) });
const now = 1_700_000_000_000;
const options: TokenOptions = { keys: freshKeys(), issuer: 'storm', audience: 'storm', now: () => now };
const claims = { sub: newUserId(), sid: newSessionId(), role: 'moderator' as const, ver: 3 };
const at = (ms: number): TokenOptions => ({ ...options, now: () => now + ms });

const sign = (payload: object, typ = 'at+jwt') => signJwt(payload, { ...options, typ, ttlSeconds: 60 });

describe('an access token', () => {
  it('says who its bearer is, and until when', () => {
    const token = signAccessToken(claims, limits.accessTokenSeconds, options);
    expect(verifyAccessToken(token, options)).toEqual({ ...claims, exp: now / 1000 + limits.accessTokenSeconds });
  });

  it('is over when it is, give or take half a minute of clocks', () => {
    const token = signAccessToken(claims, 60, options);
    expect(verifyAccessToken(token, at(60_000)).sub).toBe(claims.sub);
    expect(() => verifyAccessToken(token, at(91_000))).toThrow('Who you are could not be established');
  });

  it.each([
    ['no token', () => 'hello'],
    ['an empty one', () => ''],
    ['of another ring', () => signAccessToken(claims, 60, { ...options, keys: freshKeys() })],
    ['of another issuer', () => signAccessToken(claims, 60, { ...options, issuer: 'other' })],
    ['for another audience', () => signAccessToken(claims, 60, { ...options, audience: 'other' })],
    ['of another type', () => sign(claims, 'refresh')],
    ['that names no user', () => sign({ ...claims, sub: 'root' })],
    ['that names no session', () => sign({ ...claims, sid: undefined })],
    ['from before access had versions', () => sign({ ...claims, ver: undefined })],
    ['with a role that is none', () => sign({ ...claims, role: 'god' })],
  ])('is refused: %s, always in the same words', (_name, make) => {
    let refused: unknown;
    try {
      verifyAccessToken(make(), options);
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({ code: 'UNAUTHORIZED', status: 401, message: 'Who you are could not be established' });
  });

  it('keeps the reason of a refusal for the log', () => {
    expect.assertions(1);
    try {
      verifyAccessToken(signAccessToken(claims, 60, options), at(3_600_000));
    } catch (error) {
      expect((error as Error).cause).toEqual(new InvalidToken('expired'));
    }
  });
});

it.each([
  ['Bearer abc.def', 'abc.def'],
  ['bearer abc', 'abc'],
  ['Basic abc', undefined],
  ['Bearer', undefined],
  ['Bearer ', undefined],
  ['Bearer a b', undefined],
  [' Bearer a', undefined],
  ['', undefined],
  [undefined, undefined],
])('reads the header %j as %j', (header, token) => {
  expect(bearerOf(header)).toBe(token);
});
