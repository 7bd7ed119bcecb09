import { randomUUID } from 'node:crypto';
import { foreignKey, foreignToken, IdentityService, startProxy, testRedisUrl, type TcpProxy } from '@storm/devstack/testing';
import { redeemTicket, signAccessToken, verifyAccessToken } from '@storm/shared/node';
import type { User } from '@storm/shared/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bodyOf, dataOf, password, Rig, type Account } from './support/rig.js';

const issuer = 'https://id.example.org';
const key = foreignKey('k1', 'ES256');
let service: IdentityService;
let redis: TcpProxy;
let rig: Rig;
let admin: Account;

beforeAll(async () => {
  service = await IdentityService.start(key);
  const url = new URL(testRedisUrl());
  redis = await startProxy({ target: { host: url.hostname, port: Number(url.port) } });
  url.host = `${redis.host}:${redis.port}`;
  const outside = {
    OUTSIDE_JWKS_URL: service.keysUrl,
    OUTSIDE_ISSUER: issuer,
    OUTSIDE_AUDIENCE: 'chat',
  };
  rig = await Rig.start({ worker: false, env: { ...outside, REDIS_URL: url.href } });
  admin = await rig.admin();
});
afterEach(() => (service.asked.length = 0));
afterAll(async () => {
  await rig.stop();
  await Promise.all([service.stop(), redis.stop()]);
});

const nowSeconds = () => Math.floor(Date.now() / 1_000);
const tokenOf = (sub: string, given: object = {}, header: object = {}) =>
  foreignToken(key, { iss: issuer, aud: 'chat', sub, exp: nowSeconds() + 600, ...given }, header);
const me = (accessToken: string) => rig.call('get', '/users/me', { accessToken });
const user = async (accessToken: string) => dataOf<User>(await me(accessToken).expect(200));
const codeOf = async (call: ReturnType<Rig['call']>, status: number) => bodyOf(await call.expect(status)).error.code;

describe('whom an identity service vouches for', () => {
  it('has one account, however many calls were the first', async () => {
    const token = tokenOf('anna', { preferred_username: 'anna', email: 'anna@example.org', name: 'Anna K' });
    const seen = await Promise.all(Array.from({ length: 20 }, () => user(token)));
    expect(new Set(seen.map(({ id }) => id)).size).toBe(1);
    expect(seen[0]).toMatchObject({ username: 'anna', displayName: 'Anna K', email: 'anna@example.org', role: 'member' });
    expect(await rig.context.store.models.users.countDocuments({ usernameLower: /^anna/ })).toBe(1);
    expect(service.asked.length).toBeLessThanOrEqual(1);
  });

  it('gets nobody else’s account by their name or address, and is shown no address that stands in for theirs', async () => {
    const local = await rig.register();
    const { username, email } = local.user;
    const other = await user(tokenOf('thief', { preferred_username: username, email, email_verified: true }));
    expect(other.id).not.toBe(local.user.id);
    expect(other).not.toHaveProperty('email');
    expect(dataOf<User>(await rig.call('get', `/users/${other.id}`, admin).expect(200))).not.toHaveProperty('email');
    await rig.call('post', '/auth/login').send({ email, password }).expect(200);
  });

  it('may at once what a new role allows, and nothing from the moment of being deactivated, with the same token', async () => {
    const accessToken = tokenOf('carl');
    const { id } = await user(accessToken);
    const list = () => rig.call('get', '/users', { accessToken });
    const change = (body: object) => rig.call('patch', `/users/${id}`, admin).send(body).expect(200);
    await list().expect(403);
    await change({ role: 'admin' });
    await list().expect(200);
    await change({ role: 'member' });
    await list().expect(403);
    await change({ isActive: false });
    await list().expect(401);
    await change({ isActive: true });
    await list().expect(403);
  });

  it('signs in and out there: what is about passwords and sessions is refused here', async () => {
    const outside = { accessToken: tokenOf('dora', { preferred_username: 'dora' }) };
    const { id } = await user(outside.accessToken);
    for (const given of ['', 'null', password])
      await rig
        .call('post', '/auth/login')
        .send({ username: 'dora', password: given })
        .expect(given ? 401 : 400);
    const newPassword = { currentPassword: 'null', newPassword: password };
    expect(await codeOf(rig.call('put', '/users/me/password', outside).send(newPassword), 422)).toBe('REFUSED');
    for (const path of ['/auth/logout', '/auth/logout-all', '/auth/second-factor'])
      expect(await codeOf(rig.call('post', path, outside), 422)).toBe('REFUSED');
    expect(await codeOf(rig.call('delete', `/users/${id}/sessions`, admin), 422)).toBe('REFUSED');
    expect(dataOf(await rig.call('get', '/auth/sessions', outside).expect(200))).toEqual([]);
    await rig.call('post', '/auth/refresh').send({ refreshToken: outside.accessToken }).expect(401);
  });

  it('gets tickets, which stand for no more than the token', async () => {
    const exp = nowSeconds() + 100;
    const accessToken = tokenOf('eve', { exp });
    const { id } = await user(accessToken);
    const { ticket } = dataOf<{ ticket: string }>(await rig.call('post', '/auth/ws-ticket', { accessToken }).expect(201));
    const { names, config } = rig.context;
    const claims = await redeemTicket(ticket, { redis: rig.context.redis, names, intakeSecrets: config.INTAKE_SECRETS });
    expect(claims).toMatchObject({ sub: id, exp, outside: true, ver: 0 });
  });
});

describe('is 401, and nobody is asked at the address that a token names:', () => {
  it.each([
    ['alg none', () => tokenOf('x', {}, { alg: 'none' }).replace(/[^.]*$/, '')],
    ['HS256', () => tokenOf('x', {}, { alg: 'HS256' })],
    ['a jku', () => tokenOf('x', {}, { jku: `${service.url}/evil` })],
    ['an x5u', () => tokenOf('x', {}, { x5u: `${service.url}/evil` })],
    ['its own jwk', () => foreignToken(foreignKey('own'), {}, { jwk: foreignKey('own').jwk })],
    [
      'another key',
      () => foreignToken(foreignKey('k1', 'ES256'), { iss: issuer, aud: 'chat', sub: 'x', exp: nowSeconds() + 60 }),
    ],
    ['an unknown key', () => tokenOf('x', {}, { kid: 'k2' })],
    ['another audience', () => tokenOf('x', { aud: 'shop' })],
    ['another issuer', () => tokenOf('x', { iss: 'https://evil.example' })],
    ['the issuer of ours', () => tokenOf('x', { iss: 'storm' }, { typ: 'at+jwt' })],
    ['expired', () => tokenOf('x', { exp: nowSeconds() - 60 })],
    ['not valid yet', () => tokenOf('x', { nbf: nowSeconds() + 600 })],
  ])('%s', async (_name, make) => {
    expect(await codeOf(me(make()), 401)).toBe('UNAUTHORIZED');
    expect(service.asked.filter(({ path }) => path !== '/keys')).toEqual([]);
  });

  it('a token of ours that claims to be from outside, once its session has ended', async () => {
    const account = await rig.register();
    const { exp: _exp, ...claims } = verifyAccessToken(account.accessToken, rig.context.tokens);
    const forged = signAccessToken({ ...claims, outside: true } as typeof claims, 600, rig.context.tokens);
    await me(forged).expect(200);
    await rig.call('post', '/auth/logout', account).expect(200);
    await me(forged).expect(401);
  });
});

it('is 503, not 401, while the keys can not be had', async () => {
  service.manner = 'never';
  const other = await Rig.start({ worker: false, env: { ...rig.env, OUTSIDE_TIMEOUT_MS: '300' } });
  const response = await other.call('get', '/users/me', { accessToken: tokenOf('fay') }).expect(503);
  expect(response.get('retry-after')).toBe('1');
  expect(response.text).not.toContain(service.url);
  service.manner = 'well';
  await expect.poll(async () => (await other.call('get', '/users/me', { accessToken: tokenOf('fay') })).status).toBe(200);
  await other.api.stop();
});

it('reads go on without Redis, and changes are 503', async () => {
  const accessToken = tokenOf('gus');
  await user(accessToken);
  await redis.refuse();
  await me(accessToken).expect(200);
  const change = rig.call('patch', '/users/me', { accessToken }).send({ displayName: randomUUID() });
  expect(await codeOf(change, 503)).toBe('UNAVAILABLE');
  await redis.accept();
  await expect.poll(() => rig.context.redis.status).toBe('ready');
});
