import { createHmac } from 'node:crypto';
import { eventually, foreignKey, foreignToken, IdentityService, type ForeignAlgorithm } from '@storm/devstack/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { JwksSource, type JwksOptions } from './jwks-source.js';

const issuer = 'https://id.example.org';
const audience = 'chat';
const address = '203.0.113.7';
const keys = { RS256: foreignKey('rsa', 'RS256'), ES256: foreignKey('ec', 'ES256'), EdDSA: foreignKey('ed', 'EdDSA') };
const refused = { code: 'UNAUTHORIZED' };
const away = { code: 'UNAVAILABLE' };

let service: IdentityService;
let evil: IdentityService;
beforeAll(async () => {
  [service, evil] = [await IdentityService.start(...Object.values(keys)), await IdentityService.start(foreignKey('evil'))];
});
afterEach(() => {
  service.keys = Object.values(keys);
  service.manner = 'well';
  service.asked.length = 0;
});
afterAll(() => Promise.all([service.stop(), evil.stop()]));

const nowSeconds = () => Math.floor(Date.now() / 1_000);
const claims = (given: object = {}) => ({ iss: issuer, aud: audience, sub: 'anna-7', exp: nowSeconds() + 600, ...given });
const source = (given: Partial<JwksOptions> = {}) =>
  new JwksSource({ url: new URL(service.keysUrl), issuer, audience, timeoutMs: 5_000, ...given });
const identify = (token: string, at = source()) => at.identify({ bearer: token }, address);

describe('a token of the identity service', () => {
  it.each(Object.keys(keys) as ForeignAlgorithm[])('is known by its signature, %s', async (algorithm) => {
    const profile = { preferred_username: 'anna', email: 'anna@example.org', email_verified: true, name: 'Anna K' };
    const exp = nowSeconds() + 600;
    expect(await identify(foreignToken(keys[algorithm], claims({ ...profile, exp, jti: 'j1' })))).toEqual({
      user: {
        issuer,
        subject: 'anna-7',
        profile: { username: 'anna', email: 'anna@example.org', displayName: 'Anna K' },
      },
      exp,
      signIn: 'j1',
    });
  });

  it('needs no profile, and one that is of no use harms nothing', async () => {
    const odd = { preferred_username: 7, email: 'not an address', name: { first: 'Anna' }, jti: 'j' };
    for (const given of [{ jti: 'j' }, odd, { email: 'a@example.org', email_verified: false, jti: 'j' }]) {
      const { user } = await identify(foreignToken(keys.EdDSA, claims(given)));
      expect(user.profile).toEqual({});
    }
  });

  it('is told from tokens of others by a look at it', () => {
    const at = source();
    expect(at.takes(foreignToken(keys.EdDSA, claims()))).toBe(true);
    expect(at.takes(foreignToken(keys.EdDSA, claims({ iss: 'storm' })))).toBe(false);
    for (const text of ['', 'opaque', 'a.b.c', 'a.e30.c', `${'a'.repeat(9_000)}.b.c`]) expect(at.takes(text)).toBe(false);
  });
});

describe('is refused, and nobody is asked:', () => {
  const unsigned = (header: object) => foreignToken(keys.EdDSA, claims(), header);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const withPublicKeyAsSecret = () => {
    const input = `${part({ alg: 'HS256', kid: 'ed' })}.${part(claims())}`;
    const mac = createHmac('sha256', keys.EdDSA.jwk.x ?? '').update(input);
    return `${input}.${mac.digest('base64url')}`;
  };

  it.each([
    ['alg none, unsigned', () => unsigned({ alg: 'none' }).replace(/[^.]*$/, '')],
    ['alg none, signed', () => unsigned({ alg: 'none' })],
    ['no alg', () => unsigned({ alg: undefined })],
    ['HS256 with a public key as its secret', withPublicKeyAsSecret],
    ['an algorithm that is not on the list', () => unsigned({ alg: 'RS512' })],
    ['a jku', () => unsigned({ jku: evil.keysUrl })],
    ['an x5u', () => unsigned({ x5u: evil.keysUrl })],
    ['a key of its own', () => foreignToken(foreignKey('own'), claims(), { jwk: foreignKey('own').jwk })],
    ['a certificate of its own', () => unsigned({ x5c: ['MIIB'] })],
    ['rules that we do not know', () => unsigned({ crit: ['exp'] })],
    ['no token', () => 'a.b.c'],
    ['more than a token may be', () => foreignToken(keys.EdDSA, claims({ more: 'x'.repeat(9_000) }))],
  ])('%s', async (_name, make) => {
    await expect(identify(make())).rejects.toMatchObject(refused);
    expect([service.asked, evil.asked]).toEqual([[], []]);
  });
});

describe('is refused by what it says:', () => {
  it.each([
    ['another audience', { aud: 'shop' }],
    ['no audience', { aud: undefined }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['an expired one', { exp: nowSeconds() - 31 }],
    ['one that never expires', { exp: undefined }],
    ['one from tomorrow', { nbf: nowSeconds() + 3_600 }],
    ['one of nobody', { sub: undefined }],
    ['one of an empty subject', { sub: '' }],
    ['one of a subject that is no text', { sub: 7 }],
  ])('%s', async (_name, given) => {
    await expect(identify(foreignToken(keys.EdDSA, claims(given)))).rejects.toMatchObject(refused);
  });

  it('the algorithm of another key', async () => {
    await expect(identify(foreignToken(keys.ES256, claims(), { kid: 'rsa', alg: 'RS256' }))).rejects.toMatchObject(refused);
    await expect(identify(foreignToken(keys.ES256, claims(), { kid: 'ed' }))).rejects.toMatchObject(refused);
  });

  it('says nothing of itself in the error', async () => {
    const token = foreignToken(keys.EdDSA, claims({ aud: 'shop', email: 'secret@example.org' }));
    const error: unknown = await identify(token).catch((thrown: unknown) => thrown);
    expect(JSON.stringify(error) + String((error as Error).cause)).not.toMatch(/secret|anna-7|shop/);
  });
});

describe('the keys', () => {
  it('are fetched once, also for many who come at once', async () => {
    const at = source();
    const tokens = Array.from({ length: 20 }, (_, i) => foreignToken(keys.EdDSA, claims({ sub: `u${i}` })));
    await Promise.all(tokens.map((token) => identify(token, at)));
    await identify(foreignToken(keys.ES256, claims()), at);
    expect(service.asked).toHaveLength(1);
  });

  it('are fetched again for one that is new, and for unknown ones once within the cooldown', async () => {
    const at = source({ cooldownMs: 40 });
    await identify(foreignToken(keys.EdDSA, claims()), at);
    const [fresh, unknown] = [foreignKey('fresh'), foreignKey('unknown')];
    service.keys = [fresh];
    await eventually(() => identify(foreignToken(fresh, claims()), at));
    expect(service.asked).toHaveLength(2);
    await expect(identify(foreignToken(keys.EdDSA, claims()), at)).rejects.toMatchObject(refused);

    const slow = source();
    await identify(foreignToken(fresh, claims()), slow);
    const asked = service.asked.length;
    for (let i = 0; i < 20; i++) await expect(identify(foreignToken(unknown, claims()), slow)).rejects.toMatchObject(refused);
    expect(service.asked).toHaveLength(asked);
  });

  it.each([
    ['hangs', 'never'],
    ['answers 500', (response) => response.writeHead(500).end()],
    ['answers with garbage', (response) => response.end('<html>')],
    ['answers with what is no key set', (response) => response.end('{"keys":7}')],
    ['sends elsewhere', (response) => response.writeHead(302, { location: evil.keysUrl }).end()],
    ['never comes to an end', (response) => void response.write('{"keys":[')],
    ['says too much', (response) => response.end(`{"keys":[],"x":"${'x'.repeat(300_000)}"}`)],
    ['breaks off', (response) => void response.socket?.destroy()],
  ] satisfies [string, IdentityService['manner']][])(
    'are not to be had of a service that %s: that is no refusal',
    async (_, manner) => {
      service.manner = manner;
      const at = source({ timeoutMs: 300 });
      const begun = performance.now();
      await expect(identify(foreignToken(keys.EdDSA, claims()), at)).rejects.toMatchObject(away);
      expect(performance.now() - begun).toBeLessThan(2_000);
      await expect(identify(foreignToken(keys.EdDSA, claims()), at)).rejects.toMatchObject(away);
      expect(service.asked).toHaveLength(1); // not again within a second
      expect(evil.asked).toEqual([]);
    },
  );
});

it('lets callers wait for the keys, though not all those of one address', async () => {
  service.manner = 'never';
  const at = source({ timeoutMs: 500 });
  const token = foreignToken(keys.EdDSA, claims());
  const begun = performance.now();
  const waits = await Promise.all(Array.from({ length: 130 }, () => identify(token, at).catch(() => performance.now() - begun)));
  expect(waits.filter((ms) => typeof ms === 'number' && ms < 400)).toHaveLength(30);
  service.manner = 'well';
  await eventually(() => identify(token, at));
  await Promise.all(Array.from({ length: 130 }, () => identify(token, at))); // who need not wait are not counted
});
