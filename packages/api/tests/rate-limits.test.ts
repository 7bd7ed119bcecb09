import { randomUUID } from 'node:crypto';
import { startProxy, testRedisUrl, type TcpProxy } from '@storm/devstack/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import request, { type Response, type Test } from 'supertest';
import { bodyOf, dataOf, password, Rig, type Account } from './support/rig.js';

let rig: Rig;
let proxy: TcpProxy;

beforeAll(async () => {
  const { hostname: host, port } = new URL(testRedisUrl());
  proxy = await startProxy({ target: { host, port: Number(port) } });
  const env = {
    REDIS_URL: `redis://${proxy.host}:${proxy.port}`,
    RATE_LIMITS: 'on',
    TRUST_PROXY: '1',
    CORS_ORIGINS: 'https://chat.example.org',
    LIMIT_ANONYMOUS_PER_HOUR: '8',
    LIMIT_USER_PER_HOUR: '6',
    LIMIT_LOGIN_PER_MINUTE: '3',
    LIMIT_REGISTER_PER_HOUR: '2',
    LIMIT_REFRESH_PER_HOUR: '3',
    LIMIT_TICKETS_PER_MINUTE: '2',
    LIMIT_SENDS_PER_MINUTE: '6',
    LIMIT_SENDS_BURST: '2',
    LIMIT_ALLOWLIST: '198.51.100.0/24',
  };
  rig = await Rig.start({ worker: false, env });
});
afterAll(async () => {
  await rig.stop();
  await proxy.stop();
});

const allowed = '198.51.100.7';
let next = 0;
/** An address that nobody had before. */
const anAddress = () => `203.0.113.${++next}`;

/** As the proxy in front says it: the last entry is whom it heard from. */
const from = (address: string, test: Test): Test => test.set('x-forwarded-for', address);
const login = (address: string, body: object = { username: 'nobody', password }) =>
  from(address, rig.call('post', '/auth/login')).send(body);
async function anAccount(): Promise<Account> {
  const username = `u_${randomUUID().slice(0, 8)}`;
  const body = { username, email: `${username}@example.org`, password };
  return dataOf<Account>(await from(allowed, rig.call('post', '/auth/register')).send(body).expect(201));
}

function expectRefused(response: Response): void {
  expect(response.status).toBe(429);
  expect(bodyOf(response).error.code).toBe('RATE_LIMIT_EXCEEDED');
  const wait = Number(response.headers['retry-after']);
  expect(wait).toBeGreaterThanOrEqual(1);
  // Which rule it was, and that Retry-After says when its window ends.
  expect(response.headers['ratelimit-policy']).toMatch(/^"\w+";q=\d+;w=\d+/);
  const spent = response.headers['ratelimit']?.match(/r=0;t=(\d+)/g)?.map((state) => Number(state.slice(6))) ?? [];
  expect(spent).toContain(wait);
}
/** The value of a metric; 0 while there is none. */
async function metric(name: string, label = ''): Promise<number> {
  const { text } = await request(rig.url).get('/metrics');
  const line = text.split('\n').find((each) => each.startsWith(`${name}{`) && each.includes(label));
  return Number(line?.split(' ').at(-1) ?? 0);
}
const limited = (rule: string) => metric('storm_rate_limited_total', `rule="${rule}"`);
const hashes = () => metric('storm_password_hashes_total');

describe('a limited answer', () => {
  it('says which rules it counted against and what is left of them, to pages of other origins too', async () => {
    const { accessToken } = await anAccount();
    for (const left of [5, 4]) {
      const { headers } = await rig
        .call('get', '/users/me', { accessToken })
        .set('origin', 'https://chat.example.org')
        .expect(200);
      expect(headers['ratelimit-policy']).toBe('"user";q=6;w=3600');
      expect(headers['ratelimit']).toMatch(new RegExp(`^"user";r=${left};t=3(600|5\\d\\d)$`));
      for (const name of ['RateLimit', 'RateLimit-Policy', 'Retry-After'])
        expect(headers['access-control-expose-headers']?.split(',')).toContain(name);
    }
  });

  it('is 429 with the time to wait beyond the limit, whatever the operation, and for nobody else', async () => {
    const [ann, bob] = [await anAccount(), await anAccount()];
    for (let i = 0; i < 6; i++) await rig.call('get', i % 2 ? '/users/me' : '/auth/sessions', ann).expect(200);
    const before = await limited('user');
    const refused = await rig.call('get', '/users/me', ann);
    expectRefused(refused);
    expect(refused.headers['ratelimit']).toMatch(/^"user";r=0;t=3(600|5\d\d)$/);
    expect(await limited('user')).toBe(before + 1);
    await rig.call('get', '/users/me', bob).expect(200);
  });
});

describe('an address', () => {
  it('may say nobody so often, with bad tokens too, and is not let through by what it claims in X-Forwarded-For', async () => {
    const address = anAddress();
    for (let i = 0; i < 8; i++) {
      const claimed = from(`10.9.8.${i}, ${address}`, rig.call('get', '/users/me'));
      await (i % 2 ? claimed : claimed.set('authorization', 'Bearer a.b.c')).expect(401);
    }
    expectRefused(await from(`10.1.1.1, ${address}`, rig.call('get', '/users/me')));
    expectRefused(await from(`${allowed}, ${address}`, rig.call('get', '/users/me')));
    const ann = await anAccount();
    await from(address, rig.call('get', '/users/me', ann)).expect(200);
  });

  it('of IPv6 counts by its network', async () => {
    for (let i = 0; i < 8; i++) await from(`2001:db8:1:1::${i}`, rig.call('get', '/users/me')).expect(401);
    expectRefused(await from('2001:db8:1:1:ffff::1', rig.call('get', '/users/me')));
    await from('2001:db8:1:2::1', rig.call('get', '/users/me')).expect(401);
  });

  it('is not limited when it is on the list of those who are not', async () => {
    for (let i = 0; i < 10; i++) {
      const { headers } = await from(allowed, rig.call('get', '/users/me')).expect(401);
      expect(headers).not.toHaveProperty('ratelimit');
    }
  });

  it('may try to sign in only so often: the flood is refused before a password is hashed, and others get in', async () => {
    const [ann, address] = [await anAccount(), anAddress()];
    const before = await hashes();
    const flood = await Promise.all(Array.from({ length: 30 }, () => login(address)));
    expect(flood.filter(({ status }) => status === 401)).toHaveLength(3);
    flood.filter(({ status }) => status !== 401).forEach(expectRefused);
    expect(await hashes()).toBe(before + 3);
    expect(flood[0]?.headers['ratelimit-policy']).toBe('"anonymous";q=8;w=3600, "login";q=3;w=60');
    await login(anAddress(), { username: ann.user.username, password }).expect(200);

    await rig.context.failures.flush();
    const entries = await rig.context.store.audit.search({ filter: { action: 'login-failed' }, limit: 100 });
    const told = entries.filter((entry) => entry.address === address);
    expect(told.map(({ details }) => [details?.['reason'], details?.['count'] ?? 1])).toEqual(
      expect.arrayContaining([
        [undefined, 1],
        [undefined, 2],
        ['rate-limited', 1],
        ['rate-limited', 26],
      ]),
    );
    expect(told).toHaveLength(4); // of each kind the first at once, and the others as one
  });

  it('may not get round that by another address of its IPv6 network, nor by what it claims in X-Forwarded-For', async () => {
    const body = { username: 'nobody', password };
    for (let i = 0; i < 3; i++)
      await from(`10.0.0.${i}, 2001:db8:2:1::${i}`, rig.call('post', '/auth/login')).send(body).expect(401);
    expectRefused(await from('2001:db8:2:1:ffff::1', rig.call('post', '/auth/login')).send(body));
    expectRefused(await from(`${allowed}, 2001:db8:2:1::1`, rig.call('post', '/auth/login')).send(body));
    await from('2001:db8:2:2::1', rig.call('post', '/auth/login')).send(body).expect(401);
  });

  it('may make only so many accounts', async () => {
    const address = anAddress();
    const register = () => from(address, rig.call('post', '/auth/register')).send({});
    for (let i = 0; i < 2; i++) await register().expect(400);
    expectRefused(await register());
  });
});

it('counts refreshes by session, and those of a token that is none of ours by address', async () => {
  const [ann, bob, address] = [await anAccount(), await anAccount(), anAddress()];
  const refresh = (refreshToken: string) => from(address, rig.call('post', '/auth/refresh')).send({ refreshToken });
  for (let i = 0; i < 3; i++)
    ann.refreshToken = dataOf<Account>(
      await refresh(ann.refreshToken)
        .expect(200)
        .expect('ratelimit-policy', /^"refresh";/),
    ).refreshToken;
  expectRefused(await refresh(ann.refreshToken));
  await refresh(bob.refreshToken).expect(200);

  const forged = `${bob.refreshToken.split('.')[0] ?? ''}.1.x.r1.y`;
  for (let i = 0; i < 8; i++)
    await refresh(i % 2 ? forged : 'garbage')
      .expect(401)
      .expect('ratelimit-policy', /^"anonymous";/);
  expectRefused(await refresh(forged));
  await refresh(dataOf<Account>(await login(anAddress(), { username: bob.user.username, password })).refreshToken).expect(200);
});

it('counts tickets of a user, and sends of a user for themselves', async () => {
  const ann = await anAccount();
  for (let i = 0; i < 2; i++) await rig.call('post', '/auth/ws-ticket', ann).expect(201);
  expectRefused(await rig.call('post', '/auth/ws-ticket', ann));
  const path = `/channels/c${'a'.repeat(22)}/messages`;
  for (let i = 0; i < 2; i++) {
    const { headers } = await rig.call('post', path, ann).send({}).expect(400);
    expect(headers['ratelimit-policy']).toBe('"sends";q=2;w=20');
  }
  expectRefused(await rig.call('post', path, ann).send({}));
  const { headers } = await rig.call('get', '/users/me', ann).expect(200);
  expect(headers['ratelimit']).toMatch(/^"user";r=2;/); // three tickets and this
});

it('gives admins a limit of their own', async () => {
  const { headers } = await rig.call('get', '/users/me', await rig.account('admin')).expect(200);
  expect(headers['ratelimit-policy']).toBe('"admin";q=10000;w=3600');
});

it('believes nobody about addresses where no proxy is set', async () => {
  const alone = await Rig.start({
    worker: false,
    env: { RATE_LIMITS: 'on', LIMIT_ANONYMOUS_PER_HOUR: '4', LIMIT_ALLOWLIST: '198.51.100.0/24' },
  });
  try {
    const get = (address: string) =>
      from(address, alone.call('get', '/users/me')).set('x-real-ip', address).set('forwarded', `for=${address}`);
    for (let i = 0; i < 4; i++) await get(`198.51.100.${i}`).expect(401);
    expectRefused(await get('198.51.100.99'));
  } finally {
    await alone.stop();
  }
});

it('counts what a role may not do', async () => {
  const ann = await anAccount();
  const { headers } = await rig.call('get', '/admin/dead-letters', ann).expect(403);
  expect(headers['ratelimit']).toMatch(/^"user";r=5;/);
});

it.each(['refuses', 'hangs'])('without Redis (it %s) signs nobody in, and limits reads alone', async (how) => {
  const [ann, bob, address] = [await anAccount(), await anAccount(), anAddress()];
  if (how === 'hangs') proxy.stall();
  else await proxy.refuse();
  try {
    const calls = [
      () => login(address, { username: ann.user.username, password }),
      () => rig.call('post', '/auth/ws-ticket', ann),
      () => rig.call('post', `/channels/c${'a'.repeat(22)}/messages`, ann).send({}),
    ];
    for (const call of calls) {
      const began = performance.now();
      const { headers } = await call().expect(503);
      expect(performance.now() - began).toBeLessThan(1_000);
      expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    }
    for (let i = 0; i < 6; i++) await rig.call('get', '/users/me', bob).expect(200);
    expectRefused(await rig.call('get', '/users/me', bob));
    await rig.call('get', '/users/me', ann).expect(200);
    for (let i = 0; i < 7; i++) await from(address, rig.call('get', '/users/me')).expect(401);
    expectRefused(await from(address, rig.call('get', '/users/me')));
  } finally {
    proxy.resume();
    await proxy.accept();
    await expect
      .poll(
        async () =>
          (
            await request(rig.url)
              .get('/readiness')
              .then(({ body }) => body as { checks: object })
          ).checks,
        { timeout: 10_000 },
      )
      .toMatchObject({ redis: 'ok' });
  }
});
