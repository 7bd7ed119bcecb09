import { randomUUID } from 'node:crypto';
import { parseSetCookie, stringifyCookie, type SetCookie } from 'cookie';
import type { Response, Test } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyOf, dataOf, password, Rig } from './support/rig.js';

const page = 'https://chat.example.org';
const evil = 'https://evil.example';
let rig: Rig;
let plain: Rig;

beforeAll(async () => {
  const env = { COOKIES: 'on', COOKIE_DOMAIN: 'example.org', CORS_ORIGINS: page };
  [rig, plain] = await Promise.all([
    Rig.start({ worker: false, env }),
    Rig.start({ worker: false, env: { CORS_ORIGINS: page } }),
  ]);
});
afterAll(() => Promise.all([rig.stop(), plain.stop()]));

/** A browser's cookies, as far as these tests need them. */
interface Browser {
  username: string;
  csrfToken: string;
  cookies: Record<string, string>;
}

const setBy = (response: Response): SetCookie[] =>
  ((response.get('set-cookie') as string[] | undefined) ?? []).map((text) => parseSetCookie(text));
const byName = (set: SetCookie[]) => Object.fromEntries(set.map(({ name, value = '' }) => [name, value]));
const account = () => {
  const username = `c_${randomUUID().slice(0, 8)}`;
  return { username, email: `${username}@example.org`, password };
};

function register(at: Rig = rig): Test {
  return at.call('post', '/auth/register').set('x-storm-cookies', '1').send(account()).expect(201);
}

async function browser(): Promise<Browser> {
  const response = await register();
  const { user, csrfToken } = dataOf<{ user: { username: string }; csrfToken: string }>(response);
  return { username: user.username, csrfToken, cookies: byName(setBy(response)) };
}

/** A call with cookies alone; a test adds what else it shows. */
const call = (method: 'get' | 'post' | 'patch', path: string, { cookies }: Browser): Test =>
  rig.call(method, path).set('cookie', stringifyCookie(cookies));

describe('signing in', () => {
  it('sets three cookies, each for its purpose, and shows no token to scripts', async () => {
    const response = await register();
    expect(setBy(response)).toEqual([
      {
        name: 'storm_access',
        value: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
        maxAge: 900,
        domain: 'example.org',
        path: '/',
        httpOnly: true,
        secure: true,
        sameSite: 'strict',
      },
      {
        name: 'storm_refresh',
        value: expect.stringMatching(/^s[\w-]{22}\./) as string,
        maxAge: 604_800,
        domain: 'example.org',
        path: '/api/v1/auth',
        httpOnly: true,
        secure: true,
        sameSite: 'strict',
      },
      {
        name: 'storm_csrf',
        value: dataOf<Browser>(response).csrfToken,
        maxAge: 604_800,
        domain: 'example.org',
        path: '/',
        secure: true,
        sameSite: 'strict',
      },
    ]);
    expect(Object.keys(dataOf<object>(response)).sort()).toEqual(['csrfToken', 'expiresIn', 'user']);
    const { storm_access: access = '', storm_refresh: refresh = '' } = byName(setBy(response));
    for (const token of [access, refresh]) expect(response.text).not.toContain(token);
    // What the gateway reads, it reads as it is.
    expect((response.get('set-cookie') as string[] | undefined)?.[0]).toContain(`storm_access=${access};`);
  });

  it('does so at every login that asks for it, and at no other', async () => {
    const { username } = await browser();
    const login = () => rig.call('post', '/auth/login').send({ username, password });
    expect(Object.keys(byName(setBy(await login().set('x-storm-cookies', '1').expect(200))))).toHaveLength(3);
    const response = await login().expect(200);
    expect(setBy(response)).toEqual([]);
    expect(dataOf(response)).toHaveProperty('refreshToken');
  });
});

describe('a request by cookie', () => {
  it('reads', async () => {
    const someone = await browser();
    const profile = dataOf<{ username: string }>(await call('get', '/auth/profile', someone).expect(200));
    expect(profile.username).toBe(someone.username);
  });

  it('changes something only with the CSRF token of its session', async () => {
    const [someone, other] = [await browser(), await browser()];
    const change = (token?: string) => {
      const test = call('patch', '/users/me', someone).send({ displayName: 'Ada' });
      return token === undefined ? test : test.set('x-csrf-token', token);
    };
    const [kid, mac = ''] = someone.csrfToken.split('.');
    const flipped = `${kid}.${mac.replace(/^./, (a) => (a === 'A' ? 'B' : 'A'))}`;
    for (const token of [undefined, '', 'x', '.', other.csrfToken, flipped, `r9.${mac}`, `${someone.csrfToken}.x`])
      expect(bodyOf(await change(token).expect(403)).error.code).toBe('FORBIDDEN');
    // A cookie of that name proves nothing, though it be the right one.
    expect(someone.cookies['storm_csrf']).toBe(someone.csrfToken);
    await change(someone.csrfToken).expect(200);
  });

  it('changes nothing from another site, token or not', async () => {
    const someone = await browser();
    const change = (headers: Record<string, string>) =>
      call('patch', '/users/me', someone).set('x-csrf-token', someone.csrfToken).set(headers).send({ displayName: 'Ada' });
    for (const headers of [
      { origin: evil },
      { origin: 'null' },
      { origin: `${page}.evil.example` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: rig.url, 'sec-fetch-site': 'cross-site' },
    ])
      await change(headers).expect(403);
    for (const headers of [
      { origin: page, 'sec-fetch-site': 'same-site' },
      { origin: rig.url, 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'same-origin' },
    ])
      await change(headers).expect(200);
  });

  it('is one by header, when there is an Authorization', async () => {
    const [someone, other] = [await browser(), await rig.register()];
    const profile = (header: string) => call('get', '/auth/profile', someone).set('authorization', header);
    expect(dataOf(await profile(`Bearer ${other.accessToken}`).expect(200))).toEqual(other.user);
    await profile('Bearer x.y.z').expect(401);
    await profile('Basic eDp5').expect(401);
    // A header is no forgery of another site's: no CSRF token is asked for.
    await call('patch', '/users/me', someone)
      .set('authorization', `Bearer ${other.accessToken}`)
      .send({ displayName: 'Eve' })
      .expect(200);
    await call('post', '/auth/refresh', someone).set('authorization', 'Bearer x.y.z').expect(400);
  });

  it('makes a ticket for a WebSocket, for a page of its own alone', async () => {
    const someone = await browser();
    await call('post', '/auth/ws-ticket', someone).expect(403);
    await call('post', '/auth/ws-ticket', someone).set('x-csrf-token', someone.csrfToken).expect(201);
  });
});

describe('refreshing by cookie', () => {
  const refresh = (someone: Browser) => call('post', '/auth/refresh', someone).set('x-csrf-token', someone.csrfToken);

  it('rotates, and shows no token', async () => {
    const someone = await browser();
    const response = await refresh(someone).expect(200);
    expect(dataOf(response)).toEqual({ expiresIn: 900, csrfToken: someone.csrfToken });
    const cookies = byName(setBy(response));
    expect(cookies['storm_refresh']).toBeTruthy();
    expect(cookies['storm_refresh']).not.toBe(someone.cookies['storm_refresh']);
    await call('get', '/users/me', { ...someone, cookies }).expect(200);
    await refresh({ ...someone, cookies }).expect(200);
    await refresh(someone).expect(401); // used, and two generations old
    await refresh({ ...someone, cookies }).expect(401);
  });

  it('needs the CSRF token and a page of ours, and uses nothing up without', async () => {
    const [someone, other] = [await browser(), await browser()];
    await call('post', '/auth/refresh', someone).expect(403);
    await call('post', '/auth/refresh', someone).set('x-csrf-token', other.csrfToken).expect(403);
    await refresh(someone).set('origin', evil).expect(403);
    await refresh(someone).expect(200);
  });

  it('refuses what is no refresh token, and an access token in its place', async () => {
    const someone = await browser();
    for (const token of ['x', someone.cookies['storm_access'] ?? ''])
      await refresh({ ...someone, cookies: { storm_refresh: token } }).expect(401);
    await rig.call('post', '/auth/refresh').expect(400);
  });
});

it.each(['/auth/logout', '/auth/logout-all'])('%s ends the session and makes the browser forget', async (path) => {
  const someone = await browser();
  await call('post', path, someone).expect(403);
  const response = await call('post', path, someone).set('x-csrf-token', someone.csrfToken).expect(200);
  const cleared = setBy(response).map(({ name, value, maxAge, path: where, domain }) => ({ name, value, maxAge, where, domain }));
  expect(cleared).toEqual([
    { name: 'storm_access', value: '', maxAge: 0, where: '/', domain: 'example.org' },
    { name: 'storm_refresh', value: '', maxAge: 0, where: '/api/v1/auth', domain: 'example.org' },
    { name: 'storm_csrf', value: '', maxAge: 0, where: '/', domain: 'example.org' },
  ]);
  await call('get', '/users/me', someone).expect(401);
});

describe('other origins', () => {
  const preflight = (at: Rig, origin: string) =>
    at
      .call('get', '/users/me')
      .set({ origin })
      .then(({ headers }) => headers as Record<string, string | undefined>);

  it('may send cookies along only when they are on the list', async () => {
    expect(await preflight(rig, page)).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-credentials': 'true',
    });
    const refused = await preflight(rig, evil);
    expect(refused['access-control-allow-origin']).toBeUndefined();
    expect(refused['access-control-allow-credentials']).toBeUndefined();
  });

  it('may not at all while cookies are off', async () => {
    const listed = await preflight(plain, page);
    expect(listed['access-control-allow-origin']).toBe(page);
    expect(listed['access-control-allow-credentials']).toBeUndefined();
  });
});

it('is off by default: no cookies are set, and none are heeded', async () => {
  const response = await register(plain);
  expect(setBy(response)).toEqual([]);
  const { accessToken, refreshToken } = dataOf<{ accessToken: string; refreshToken: string }>(response);
  const cookie = stringifyCookie({ storm_access: accessToken, storm_refresh: refreshToken });
  await plain.call('get', '/users/me').set({ cookie }).expect(401);
  await plain.call('post', '/auth/refresh').set({ cookie }).expect(400);
});
