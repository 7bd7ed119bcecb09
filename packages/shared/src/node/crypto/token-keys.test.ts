import { describe, expect, it } from 'vitest';
import { ed25519Private, ed25519Public, ed25519PublicOf, ed25519Sign, ed25519Verify } from './ed25519.js';
import { hs256, signCompact } from './jws.js';
import { InvalidToken, signJwt, verifyJwt } from './jwt.js';
import { generateKey, KeyRing, parseKeyRing, type RingKey } from './key-ring.js';
import { publicRingOf, tokenKeys, type TokenKeys } from './token-keys.js';

const key = (kid: string): RingKey => parseKeyRing(generateKey(kid)).current;
const kind = { typ: 'at+jwt', issuer: 'storm', audience: 'storm' };
const signing = new KeyRing([key('e1')]);
const secret = new KeyRing([key('h1')]);
const publicRing = publicRingOf(signing);
const api = tokenKeys({ signing });
const gateway = tokenKeys({ public: publicRing });

const sign = (keys: TokenKeys) => signJwt({ sub: 'u1' }, { ...kind, keys, ttlSeconds: 60 });
const headerOf = (token: string): unknown => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());

function reasonOf(token: string, keys: TokenKeys): string {
  try {
    verifyJwt(token, { ...kind, keys });
    return 'accepted';
  } catch (error) {
    if (error instanceof InvalidToken) return error.reason;
    throw error;
  }
}

describe('the key of RFC 8037, appendix A', () => {
  const seed = Buffer.from('nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A', 'base64url');
  const publicKey = Buffer.from('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', 'base64url');
  const input = 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc';
  const signature = 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg';

  it('has that public key', () => {
    expect(ed25519PublicOf(seed)).toEqual(publicKey);
  });

  it('signs the example of A.4 as it says, and verifies it as in A.5', () => {
    const header = Buffer.from('{"alg":"EdDSA"}');
    const payload = Buffer.from('Example of Ed25519 signing');
    const key = ed25519Private(seed);
    expect(signCompact((text) => ed25519Sign(key, Buffer.from(text)), header, payload)).toBe(`${input}.${signature}`);
    const verifies = (text: string) =>
      ed25519Verify(ed25519Public(publicKey), Buffer.from(text), Buffer.from(signature, 'base64url'));
    expect([verifies(input), verifies(`${input}A`)]).toEqual([true, false]);
  });

  it('has 32 bytes', () => {
    expect(() => ed25519Private(seed.subarray(1))).toThrow(RangeError);
    expect(() => ed25519Public(Buffer.alloc(33))).toThrow(RangeError);
  });
});

describe('EdDSA tokens', () => {
  it('are verified by who has the public key alone', () => {
    const token = sign(api);
    expect(headerOf(token)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: 'e1' });
    expect(reasonOf(token, gateway)).toBe('accepted');
    expect(() => sign(gateway)).toThrow(TypeError);
  });

  it('hold under every key of the ring, and no other', () => {
    const both = tokenKeys({ public: new KeyRing([key('other'), publicRing.current]) });
    expect(reasonOf(sign(api), both)).toBe('accepted');
    expect(reasonOf(sign(api), tokenKeys({ public: publicRingOf(new KeyRing([key('e1')])) }))).toBe('signature');
    expect(reasonOf(sign(api), tokenKeys({ public: publicRingOf(new KeyRing([key('e2')])) }))).toBe('key');
  });

  it('are refused with any other signature, of any length', () => {
    const token = sign(api);
    const [input, signature = ''] = [token.slice(0, token.lastIndexOf('.')), token.split('.')[2]];
    const bytes = Buffer.from(signature, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(reasonOf(`${input}.${altered.toString('base64url')}`, gateway)).toBe('signature');
    }
    for (const length of [0, 1, 32, 63]) {
      expect(reasonOf(`${input}.${bytes.subarray(0, length).toString('base64url')}`, gateway)).toBe('signature');
    }
  });
});

describe('the algorithm is the key ring’s, not the token’s', () => {
  const payload = Buffer.from(
    JSON.stringify({ sub: 'u1', iss: 'storm', aud: 'storm', iat: 0, exp: Math.floor(Date.now() / 1000) + 60 }),
  );
  const forge = (alg: string, kid: string, hmacKey: Uint8Array) =>
    signCompact((text) => hs256(hmacKey, text), Buffer.from(JSON.stringify({ alg, typ: 'at+jwt', kid })), payload);

  it('so a public key is no HMAC secret', () => {
    const { key: publicKey } = publicRing.current;
    expect(reasonOf(forge('HS256', 'e1', publicKey), gateway)).toBe('algorithm');
    expect(reasonOf(forge('EdDSA', 'e1', publicKey), gateway)).toBe('signature');
    expect(reasonOf(forge('HS256', 'e1', publicKey), tokenKeys({ public: publicRing, secret }))).toBe('key');
  });

  it('also when both rings have the same key id', () => {
    const sameId = new KeyRing([{ kid: 'e1', key: secret.current.key }]);
    const keys = tokenKeys({ public: publicRing, secret: sameId });
    expect(reasonOf(forge('HS256', 'e1', publicRing.current.key), keys)).toBe('signature');
    expect(reasonOf(forge('EdDSA', 'e1', sameId.current.key), keys)).toBe('signature');
    expect(reasonOf(forge('HS256', 'e1', sameId.current.key), keys)).toBe('accepted');
  });

  it.each(['none', 'Ed25519', 'eddsa', 'ES256'])('and %s is none of ours', (alg) => {
    expect(reasonOf(forge(alg, 'e1', secret.current.key), tokenKeys({ public: publicRing, secret }))).toBe('algorithm');
  });
});

describe('the change from HS256 to EdDSA', () => {
  it('leaves no moment at which a token that is about does not hold', () => {
    const stages = [
      tokenKeys({ secret }),
      tokenKeys({ secret, public: publicRing }), // learn to verify
      tokenKeys({ secret, public: publicRing, signing }), // sign
      tokenKeys({ public: publicRing, signing }), // forget, when the last HS256 token is over
    ];
    expect(stages.map(({ signer }) => signer?.algorithm)).toEqual(['HS256', 'HS256', 'EdDSA', 'EdDSA']);
    for (const [i, made] of stages.slice(0, 3).entries()) {
      const neighbours = stages.slice(Math.max(0, i - 1), Math.min(3, i + 2));
      for (const keys of neighbours) expect(reasonOf(sign(made), keys)).toBe('accepted');
    }
    expect(reasonOf(sign(tokenKeys({ secret })), tokenKeys({ public: publicRing, signing }))).toBe('algorithm');
  });

  it('refuses one key id for two public keys', () => {
    expect(() => tokenKeys({ signing, public: publicRingOf(new KeyRing([key('e1')])) })).toThrow('two different public keys');
  });
});
