import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hs256, signCompact } from './jws.js';
import { InvalidToken, signJwt, verifyJwt, type VerifyOptions } from './jwt.js';
import { generateKey, KeyRing, parseKeyRing, type RingKey } from './key-ring.js';
import { flipBit } from './testing.js';
import { tokenKeys } from './token-keys.js';

const old = parseKeyRing(generateKey('old')).current;
const fresh = parseKeyRing(generateKey('new')).current;
const keysOf = (...entries: RingKey[]) => tokenKeys({ secret: new KeyRing(entries) });
const keys = keysOf(fresh, old);
const start = 1_800_000_000;
const at = (seconds: number) => () => seconds * 1000;
const kind = { keys, typ: 'at+jwt', issuer: 'storm', audience: 'storm-api' };
const options: VerifyOptions = { ...kind, now: at(start) };
const token = signJwt({ sub: 'u1', role: 'member' }, { ...kind, ttlSeconds: 900, now: at(start) });

const claims = { sub: 'u1', iss: 'storm', aud: 'storm-api', iat: start, exp: start + 900 };
const header = { alg: 'HS256', typ: 'at+jwt', kid: 'new' };

const signFresh = (input: string) => hs256(fresh.key, input);

/** A token with a right signature, whatever it says. */
function forge(aHeader: unknown, payload: unknown, key = fresh.key): string {
  return signCompact((input) => hs256(key, input), Buffer.from(JSON.stringify(aHeader)), Buffer.from(JSON.stringify(payload)));
}

function reasonOf(aToken: string, overrides: Partial<VerifyOptions> = {}): string {
  try {
    verifyJwt(aToken, { ...options, ...overrides });
    return 'accepted';
  } catch (error) {
    if (error instanceof InvalidToken) return error.reason;
    throw error;
  }
}

describe('a token', () => {
  it('gives back its claims with who, for whom and when', () => {
    expect(verifyJwt(token, options)).toEqual({ ...claims, role: 'member' });
  });

  it('is the signed header and payload and nothing else', () => {
    expect(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())).toEqual(header);
    expect(reasonOf(forge(header, claims))).toBe('accepted');
  });

  it('holds while its key is in the ring, first or not', () => {
    const older = signJwt({ sub: 'u1' }, { ...kind, keys: keysOf(old), ttlSeconds: 900, now: at(start) });
    expect(reasonOf(older)).toBe('accepted');
    expect(reasonOf(older, { keys: keysOf(fresh) })).toBe('key');
  });

  it('holds from its making to its end, with 30 seconds between clocks', () => {
    expect(reasonOf(token, { now: at(start + 900 + 29.999) })).toBe('accepted');
    expect(reasonOf(token, { now: at(start + 900 + 30) })).toBe('expired');
    expect(reasonOf(token, { now: at(start - 30) })).toBe('accepted');
    expect(reasonOf(token, { now: at(start - 31) })).toBe('not-yet');
  });

  it('allows clocks apart as it is told, up to 60 seconds', () => {
    expect(reasonOf(token, { now: at(start + 900), leewaySeconds: 0 })).toBe('expired');
    expect(reasonOf(token, { now: at(start + 959), leewaySeconds: 60 })).toBe('accepted');
    for (const leewaySeconds of [61, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => verifyJwt(token, { ...options, leewaySeconds })).toThrow(RangeError);
    }
  });

  it('is checked against the real clock unless told otherwise', () => {
    const real = signJwt({}, { ...kind, ttlSeconds: 60 });
    expect(() => verifyJwt(real, kind)).not.toThrow();
    expect(reasonOf(signJwt({}, { ...kind, ttlSeconds: 60, now: () => Date.now() - 91_000 }), { now: Date.now })).toBe('expired');
  });
});

describe('a token of another kind', () => {
  it.each([
    ['type', { typ: 'JWT' }],
    ['issuer', { issuer: 'storm2' }],
    ['audience', { audience: 'storm' }],
  ])('is refused for its %s', (reason, overrides) => {
    expect(reasonOf(token, overrides)).toBe(reason);
  });
});

describe('a tampered token', () => {
  it('is refused with any character changed, at any place', () => {
    const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=?. ';
    for (let place = 0; place < token.length; place += 1) {
      for (const character of characters) {
        if (character === token[place]) continue;
        expect(reasonOf(token.slice(0, place) + character + token.slice(place + 1))).not.toBe('accepted');
      }
    }
  });

  it('is refused with any bit of header, payload or signature the other way', () => {
    const parts = token.split('.').map((part) => Buffer.from(part, 'base64url'));
    fc.assert(
      fc.property(fc.nat(), (bit) => {
        for (const index of parts.keys()) {
          const altered = parts.map((part, i) => (i === index ? flipBit(part, bit) : part).toString('base64url'));
          expect(reasonOf(altered.join('.'))).not.toBe('accepted');
        }
      }),
    );
  });

  it('is refused with anything cut off or put on', () => {
    for (let length = 0; length < token.length; length += 1) expect(reasonOf(token.slice(0, length))).not.toBe('accepted');
    for (const more of ['=', '.', '.AAAA', '\n', ' ']) expect(reasonOf(token + more)).toBe('malformed');
    expect(reasonOf(`${token}A`)).toBe('signature');
  });

  it('never passes with the payload of one and the signature of another', () => {
    const other = signJwt({ sub: 'admin' }, { ...kind, ttlSeconds: 900, now: at(start) }).split('.');
    const mine = token.split('.');
    expect(reasonOf([mine[0], other[1], mine[2]].join('.'))).toBe('signature');
  });

  it('is refused whatever it is', () => {
    const threeParts = fc.string().map((text) => `${text}.${text}.${text}`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), threeParts), (text) => {
        expect(reasonOf(text)).not.toBe('accepted');
      }),
    );
  });
});

describe('a header', () => {
  it.each([
    ['algorithm', 'none', { ...header, alg: 'none' }],
    ['algorithm', 'None', { ...header, alg: 'None' }],
    ['algorithm', 'another hash', { ...header, alg: 'HS512' }],
    ['algorithm', 'RSA', { ...header, alg: 'RS256' }],
    ['algorithm', 'no alg', { typ: 'at+jwt', kid: 'new' }],
    ['malformed', 'no kid', { alg: 'HS256', typ: 'at+jwt' }],
    ['malformed', 'no typ', { alg: 'HS256', kid: 'new' }],
    ['malformed', 'a kid that is none', { ...header, kid: '../../dev/null' }],
    ['malformed', 'a kid of another type', { ...header, kid: ['new'] }],
    ['malformed', 'its own key', { ...header, jwk: { kty: 'oct', k: 'AAAA' } }],
    ['malformed', 'where to find its key', { ...header, jku: 'https://example.com/jwks' }],
    ['malformed', 'a certificate', { ...header, x5u: 'https://example.com/x5u' }],
    ['malformed', 'crit', { ...header, crit: ['exp'] }],
    ['malformed', 'a member that we do not know', { ...header, cty: 'JWT' }],
    ['key', 'an unknown kid', { ...header, kid: 'other' }],
    ['key', 'a kid of Object', { ...header, kid: 'constructor' }],
    ['type', 'another typ', { ...header, typ: 'AT+JWT' }],
    ['malformed', 'an array', [header]],
    ['malformed', 'null', null],
    ['malformed', 'a string', 'HS256'],
  ])('is refused as %s with %s, though its signature holds', (reason, _, aHeader) => {
    expect(reasonOf(forge(aHeader, claims))).toBe(reason);
  });

  it('is refused with a member named __proto__', () => {
    const text = JSON.stringify(header).replace('{', '{"__proto__":{"x":1},');
    expect(reasonOf(signCompact(signFresh, Buffer.from(text), Buffer.from(JSON.stringify(claims))))).toBe('malformed');
  });

  it('is refused unless it is UTF-8 and JSON, without a byte order mark', () => {
    const payload = Buffer.from(JSON.stringify(claims));
    const text = JSON.stringify(header);
    for (const bytes of [Buffer.from([0xff, 0xfe]), Buffer.from(`\ufeff${text}`), Buffer.from(text.slice(1)), Buffer.alloc(0)]) {
      expect(reasonOf(signCompact(signFresh, bytes, payload))).toBe('malformed');
    }
  });

  it('does not choose which key verifies: a kid with another key fails', () => {
    expect(reasonOf(forge({ ...header, kid: 'old' }, claims))).toBe('signature');
  });

  it('of the unsecured token of RFC 7519 6.1 is refused', () => {
    const unsecured =
      'eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.';
    expect(reasonOf(unsecured)).toBe('algorithm');
  });
});

describe('claims', () => {
  it.each([
    ['malformed', 'no exp', { ...claims, exp: undefined }],
    ['malformed', 'no iat', { ...claims, iat: undefined }],
    ['malformed', 'exp as text', { ...claims, exp: String(claims.exp) }],
    ['malformed', 'exp between seconds', { ...claims, exp: claims.exp + 0.5 }],
    ['malformed', 'exp beyond integers', { ...claims, exp: 1e300 }],
    ['malformed', 'exp null', { ...claims, exp: null }],
    ['malformed', 'iat below 0', { ...claims, iat: -1 }],
    ['malformed', 'nbf as text', { ...claims, nbf: 'soon' }],
    ['not-yet', 'nbf to come', { ...claims, nbf: start + 31 }],
    ['not-yet', 'iat to come, whatever nbf says', { ...claims, iat: start + 31, nbf: start }],
    ['accepted', 'nbf reached', { ...claims, nbf: start + 30 }],
    ['issuer', 'no issuer', { ...claims, iss: undefined }],
    ['audience', 'no audience', { ...claims, aud: undefined }],
    ['audience', 'audiences as a list', { ...claims, aud: ['storm-api'] }],
    ['malformed', 'a list', [claims]],
    ['malformed', 'null', null],
  ])('are %s with %s', (reason, _, payload) => {
    expect(reasonOf(forge(header, payload))).toBe(reason);
  });

  it.each(['iss', 'aud', 'iat', 'exp', 'nbf'])('must not set %s themselves', (name) => {
    expect(() => signJwt({ [name]: 1 }, { ...kind, ttlSeconds: 1 })).toThrow(TypeError);
  });

  it.each([0, -1, 0.5, Number.NaN])('do not live for %d seconds', (ttlSeconds) => {
    expect(() => signJwt({}, { ...kind, ttlSeconds })).toThrow(RangeError);
  });

  it('are malformed with a byte that is not UTF-8', () => {
    const payload = Buffer.from(JSON.stringify({ ...claims, sub: 'u?' }));
    payload[payload.indexOf('?')] = 0xff;
    expect(reasonOf(signCompact(signFresh, Buffer.from(JSON.stringify(header)), payload))).toBe('malformed');
  });

  it('are not looked at before the signature holds', () => {
    const tampered = forge(header, null, Buffer.alloc(32, 9));
    expect(reasonOf(tampered)).toBe('signature');
  });
});
