import { IdentityService } from '@storm/devstack/testing';
import type { User } from '@storm/shared/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bodyOf, dataOf, Rig } from './support/rig.js';

const page = 'https://chat.example.org';
const evil = 'https://evil.example';
const cookie = 'sid=1; sid.sig=x';
let service: IdentityService;
let rig: Rig;

beforeAll(async () => {
  service = await IdentityService.start();
  const outside = { OUTSIDE_PROFILE_URL: service.profileUrl, OUTSIDE_COOKIES: 'sid,sid.sig', OUTSIDE_TIMEOUT_MS: '1000' };
  rig = await Rig.start({ worker: false, env: { ...outside, COOKIES: 'on', CORS_ORIGINS: page } });
  service.profiles.set('Bearer opaque', { id: 7, username: 'anna' }).set(cookie, { id: 7 });
});
afterEach(() => {
  service.manner = 'well';
  service.asked.length = 0;
});
afterAll(async () => {
  await rig.stop();
  await service.stop();
});

const me = (accessToken: string) => rig.call('get', '/users/me', { accessToken });

describe('whom the profile URL knows', () => {
  it('is the same account by bearer token and by cookies, of which nothing else is sent there', async () => {
    const byToken = dataOf<User>(await me('opaque').expect(200));
    expect(byToken).toMatchObject({ username: 'anna', role: 'member' });
    const cookies = `storm_csrf=x; theme=dark; ${cookie}; storm_refresh=secret`;
    const byCookie = await rig.call('get', '/users/me').set('cookie', cookies).set('x-request-id', 'r1').expect(200);
    expect(dataOf<User>(byCookie).id).toBe(byToken.id);
    const brought = service.asked.map(({ headers: { authorization, cookie: sent } }) => authorization ?? sent);
    expect(brought).toEqual(['Bearer opaque', cookie]);
    expect(JSON.stringify(service.asked)).not.toMatch(/r1|storm_|dark|forwarded/);
  });

  it('changes something by cookies from an allowed page alone', async () => {
    const change = (headers: Record<string, string>) =>
      rig
        .call('patch', '/users/me')
        .set({ cookie, ...headers })
        .send({ displayName: 'Anna' });
    await change({ origin: page }).expect(200);
    await change({ origin: page, 'sec-fetch-site': 'cross-site' }).expect(200);
    await change({ origin: rig.url, 'sec-fetch-site': 'same-origin' }).expect(200);
    for (const headers of [
      {},
      { origin: evil },
      { origin: 'null' },
      { 'sec-fetch-site': 'same-origin' },
      { origin: `${page}.evil` },
    ])
      expect(bodyOf(await change(headers).expect(403)).error.code).toBe('FORBIDDEN');
  });

  it('may have its cookies sent by pages of allowed origins alone', async () => {
    const allowed = await rig.call('get', '/users/me').set({ cookie, origin: page }).expect(200);
    expect(allowed.get('access-control-allow-credentials')).toBe('true');
    const other = await rig.call('get', '/users/me').set({ cookie, origin: evil }).expect(200);
    expect([other.get('access-control-allow-credentials'), other.get('access-control-allow-origin')]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('is never sent there:', () => {
  it.each([
    ['an access token of ours that holds', async () => (await rig.register()).accessToken, 200],
    ['an access token of ours that was altered', async () => `${(await rig.register()).accessToken.slice(0, -5)}AAAAA`, 401],
    ['a refresh token', async () => (await rig.register()).refreshToken, 401],
    ['a service key', async () => Promise.resolve(`storm_k${'A'.repeat(22)}_${'B'.repeat(43)}`), 401],
  ])('%s', async (_name, make, status) => {
    await me(await make()).expect(status);
    expect(service.asked).toEqual([]);
  });

  it('whatever comes with a call that needs no identity, or with cookies of another name', async () => {
    await rig.call('post', '/auth/login', { accessToken: 'opaque-2' }).set('cookie', cookie).send({}).expect(400);
    await rig.call('get', '/users/me').set('cookie', 'session=1; SID=1').expect(401);
    expect(service.asked).toEqual([]);
  });
});

describe('an answer', () => {
  it.each([
    [401, 401],
    [403, 401],
    [404, 503],
    [500, 503],
    [302, 503],
  ])('of %d is %d to the caller', async (theirs, ours) => {
    service.manner = (response) => void response.writeHead(theirs, { location: '/elsewhere' }).end();
    const response = await me(`t${theirs}`).expect(ours);
    expect(bodyOf(response).error.code).toBe(ours === 401 ? 'UNAUTHORIZED' : 'UNAVAILABLE');
    expect(response.get('retry-after')).toBe(ours === 401 ? undefined : '1');
    expect(service.asked.map(({ path }) => path)).toEqual(['/profile']);
  });

  it.each([
    ['does not come', 'never'],
    ['is too long', (response) => void response.end(`{"id":7,"x":"${'x'.repeat(100_000)}"}`)],
    ['is garbage', (response) => void response.end('<html>')],
    ['is of nobody', (response) => void response.end('{"username":"anna"}')],
  ] satisfies [string, IdentityService['manner']][])('that %s is 503, and says nothing of the service', async (name, manner) => {
    service.manner = manner;
    const response = await me(`t ${name}`.replaceAll(' ', '-')).expect(503);
    expect(response.text).not.toContain(service.url);
  });
});
