import { gzipSync } from 'node:zlib';
import { IdentityService } from '@storm/devstack/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ProfileSource, type ProfileOptions } from './profile-source.js';

const issuer = 'https://id.example.org';
const address = '203.0.113.7';
let service: IdentityService;
let evil: IdentityService;
beforeAll(async () => {
  [service, evil] = [await IdentityService.start(), await IdentityService.start()];
});
afterEach(() => {
  service.manner = 'well';
  service.profiles.clear();
  service.asked.length = 0;
});
afterAll(() => Promise.all([service.stop(), evil.stop()]));

const source = (given: Partial<ProfileOptions> = {}) =>
  new ProfileSource({ url: new URL(service.profileUrl), issuer, ownIssuer: 'storm', timeoutMs: 5_000, ...given });
const refused = { code: 'UNAUTHORIZED' };
const away = { code: 'UNAVAILABLE' };
const json = (body: unknown) => (response: Parameters<Exclude<IdentityService['manner'], string>>[0]) =>
  void response.end(typeof body === 'string' ? body : JSON.stringify(body));

describe('a caller', () => {
  it('is whom the service says, by their bearer token or their cookies', async () => {
    const anna = { sub: 'anna-7', preferred_username: 'anna', email: 'anna@example.org', name: 'Anna K' };
    service.profiles.set('Bearer t1', anna).set('sid=1; sig=2', { id: 42, username: 'bert', more: { of: 'it' } });
    const at = source({ now: () => 1_000_000 });
    expect(await at.identify({ bearer: 't1' }, address)).toMatchObject({
      user: { issuer, subject: 'anna-7', profile: { username: 'anna', email: 'anna@example.org', displayName: 'Anna K' } },
      exp: 1_300,
    });
    const { user } = await at.identify({ cookie: 'sid=1; sig=2' }, address);
    expect(user).toEqual({ issuer, subject: '42', profile: { username: 'bert' } });
    const brought = service.asked.map(({ headers: { authorization, cookie } }) => ({ authorization, cookie }));
    expect(brought).toEqual([{ authorization: 'Bearer t1' }, { cookie: 'sid=1; sig=2' }]);
  });

  it.each([401, 403])('is nobody when it answers %d', async (status) => {
    service.manner = (response) => void response.writeHead(status).end();
    await expect(source().identify({ bearer: 'x' }, address)).rejects.toMatchObject(refused);
  });

  it('who brings too much is not asked about', async () => {
    await expect(source().identify({ cookie: 'x'.repeat(9_000) }, address)).rejects.toMatchObject(refused);
    expect(service.asked).toEqual([]);
  });
});

describe('an answer', () => {
  it('is kept for a while, a refusal too, and asked for once by many at once', async () => {
    service.profiles.set('Bearer t1', { sub: 's' });
    const at = source();
    await Promise.all(Array.from({ length: 30 }, () => at.identify({ bearer: 't1' }, address)));
    for (let i = 0; i < 3; i++) await expect(at.identify({ bearer: 't2' }, address)).rejects.toMatchObject(refused);
    expect(service.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t2']);
  });

  it('is not believed for longer than it is kept', async () => {
    service.profiles.set('Bearer t1', { sub: 's' });
    const at = source({ keptMs: 20 });
    await at.identify({ bearer: 't1' }, address);
    service.profiles.clear();
    const outcome = () =>
      at.identify({ bearer: 't1' }, address).then(
        () => 'known',
        (error: { code: string }) => error.code,
      );
    await expect.poll(outcome, { interval: 10 }).toBe('UNAUTHORIZED');
  });

  it.each([
    ['never comes', 'never'],
    ['is 500', (response) => void response.writeHead(500).end()],
    ['is 404', (response) => void response.writeHead(404).end('{"sub":"s"}')],
    ['sends elsewhere', (response) => void response.writeHead(302, { location: evil.profileUrl }).end()],
    ['is garbage', json('<html>')],
    ['is no object', json([{ sub: 's' }])],
    ['says no id', json({ username: 'anna' })],
    ['has an id that is none', json({ sub: { $ne: null } })],
    ['has an empty id', json({ sub: '' })],
    ['says too much', json({ sub: 's', more: 'x'.repeat(70_000) })],
    [
      'says too much, packed',
      (response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        response.end(gzipSync(JSON.stringify({ sub: 's', more: 'x'.repeat(10_000_000) })));
      },
    ],
    ['never comes to an end', (response) => void response.write('{"sub":')],
    ['breaks off', (response) => void response.socket?.destroy()],
  ] satisfies [string, IdentityService['manner']][])(
    'that %s is a failure, not a refusal, and is not kept',
    async (_, manner) => {
      service.manner = manner;
      const at = source({ timeoutMs: 300 });
      const begun = performance.now();
      await expect(at.identify({ bearer: 'secret-t1' }, address)).rejects.toSatisfy((error: Error & { code: string }) => {
        return error.code === away.code && !`${error.stack}${String(error.cause)}`.includes('secret');
      });
      expect(performance.now() - begun).toBeLessThan(2_000);
      expect(evil.asked).toEqual([]);
      service.manner = 'well';
      service.profiles.set('Bearer secret-t1', { sub: 's' });
      await expect
        .poll(() => at.identify({ bearer: 'secret-t1' }, address).catch(() => undefined))
        .toMatchObject({ exp: expect.any(Number) as number });
    },
  );
});

it('lets no address take all the places of those who ask', async () => {
  service.manner = 'never';
  const at = source({ timeoutMs: 1_000 });
  const ask = (from: string, count: number) =>
    Array.from({ length: count }, (_, i) => at.identify({ bearer: `${from} ${i}` }, from).catch(() => undefined));
  const asked = [...ask('2001:db8::1', 120), ...ask('2001:db8::2', 5), ...ask(address, 5)];
  await expect.poll(() => service.asked.length).toBe(105);
  await Promise.all(asked);
  service.manner = 'well';
  service.profiles.set('Bearer t1', { sub: 's' });
  await at.identify({ bearer: 't1' }, '2001:db8::1'); // its places are free again
});

it('takes every token but what is ours', () => {
  const jwt = (iss: string) => `e30.${Buffer.from(JSON.stringify({ iss })).toString('base64url')}.x`;
  const at = source();
  expect(['opaque', jwt(issuer), 'a.b.c'].map((token) => at.takes(token))).toEqual([true, true, true]);
  const ours = [jwt('storm'), `storm_k${'A'.repeat(22)}_${'B'.repeat(43)}`, 'storm_x', `s${'A'.repeat(22)}.7.B.C`];
  for (const token of ours) expect(at.takes(token), token).toBe(false);
});
