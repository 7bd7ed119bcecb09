import { eventually } from '@storm/devstack/testing';
import { signAccessToken, parseKeyRing, tokenKeys } from '@storm/shared/node';
import { newSessionId } from '@storm/shared/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aUser, House } from './support/house.js';

const origin = 'https://chat.example';
let house: House;
beforeAll(async () => {
  house = await House.ready({
    env: { ALLOWED_ORIGINS: origin, TRUST_PROXY: '1', AUTHENTICATE_MS: '20000', HEARTBEAT_MS: '400' },
  });
});
afterEach(() => house.hangUp());
afterAll(() => house.close());

describe('the end of a token', () => {
  it('is told once, and again of the token that took over; then it ends the connection', async () => {
    const ann = aUser();
    const [expiring, renewed] = [house.token(ann, 2), house.token(ann, 2)];
    const client = await house.connect(ann, undefined, expiring);
    const other = await house.connect(ann, undefined, renewed);
    const { expiresAt } = await client.next('session.expiring');
    expect(expiresAt % 1_000).toBe(0);
    await other.next('session.expiring');
    other.send('authenticate', { token: house.token(ann, 4) });
    await other.next('connection.ready', 1);
    expect(await client.close()).toBe(4401);
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt);
    expect(client.all('session.expiring')).toHaveLength(1);
    expect((await other.next('session.expiring', 1)).expiresAt).toBeGreaterThan(expiresAt);
  });

  it('is put off by a token of another session of the same user', async () => {
    const ann = aUser();
    const client = await house.connect(ann, undefined, house.token(ann, 2));
    const sid = newSessionId();
    client.send('authenticate', { token: house.token(ann, 900, { sid }) });
    expect((await client.next('connection.ready', 1)).sessionId).toBe(sid);
    await house.worker.control({ kind: 'session-ended', userId: ann, sid });
    expect(await client.close()).toBe(4403);
  });
});

it('sends a connection away that has lived long enough, with time for what is under way', async () => {
  const gateway = await house.gateway({ MAX_CONNECTION_SECONDS: '1' });
  const client = await house.connect(aUser(), gateway);
  const { reconnectAfterMs } = await client.next('connection.closing');
  expect(reconnectAfterMs).toBeLessThanOrEqual(1_000);
  client.send('ping', {});
  await client.next('pong');
  expect(await client.close()).toBe(1001);
});

describe('a cookie', () => {
  const cookie = (token: string, more = '') => ({ cookie: `theme=dark; storm_access=${token}${more}` });

  it('says who somebody is, where the origin is allowed', async () => {
    const ann = aUser();
    const client = await house.client({ origin, headers: cookie(house.token(ann), '; last=1') });
    expect((await client.next('connection.ready')).userId).toBe(ann);
  });

  it('is no help to another page, nor without an origin', async () => {
    const headers = cookie(house.token(aUser()));
    expect((await house.client({ origin: 'https://evil.example', headers })).status).toBe(403);
    expect(await (await house.client({ headers })).close()).toBe(4401);
  });

  it('comes after Authorization, and before ?token=', async () => {
    const [ann, bob, eve] = [aUser(), aUser(), aUser()];
    const url = `${house.url()}?token=${house.token(eve)}`;
    const all = { authorization: `Bearer ${house.token(ann)}`, ...cookie(house.token(bob)) };
    const who = async (options: object) => (await (await house.client({ url, ...options })).next('connection.ready')).userId;
    expect(await who({ origin, headers: all })).toBe(ann);
    expect(await who({ origin, headers: cookie(house.token(bob)) })).toBe(bob);
    expect(await who({ headers: cookie(house.token(bob)) })).toBe(eve);
    expect(await who({ origin })).toBe(eve);
  });

  it('that is not valid is refused', async () => {
    expect(await (await house.client({ origin, headers: cookie('x.y.z') })).close()).toBe(4401);
    const name = { cookie: `xstorm_access=${house.token(aUser())}` };
    const client = await house.client({ origin, headers: name });
    client.send('authenticate', { token: house.token(aUser()) }); // it has said nothing yet
    await client.next('connection.ready');
  });
});

describe('places are counted over all gateways', () => {
  it('of a user', async () => {
    const env = { MAX_CONNECTIONS_PER_USER: '2' };
    const [one, other] = [await house.gateway(env), await house.gateway(env)];
    const ann = aUser();
    const held = [await house.connect(ann, one), await house.connect(ann, other)];
    const headers = { authorization: `Bearer ${house.token(ann)}` };
    for (const gateway of [one, other]) expect((await house.client({ gateway, headers })).status).toBe(429);
    const late = await house.client({ gateway: one });
    late.send('authenticate', { token: house.token(ann) });
    expect(await late.close()).toBe(4429);
    held[0]?.socket.close();
    await eventually(async () => (await house.client({ gateway: other, headers })).status === undefined);
    await Promise.all([one.stop(), other.stop()]);
    expect(await house.worker.redis.exists(house.names.connectionsOf(ann))).toBe(0);
  });

  it('of an address that has not said who it is, IPv6 by /64', async () => {
    const env = { MAX_UNAUTHENTICATED_PER_ADDRESS: '2' };
    const [one, other] = [await house.gateway(env), await house.gateway(env)];
    const from = (address: string, gateway: typeof one) => house.client({ gateway, headers: { 'x-forwarded-for': address } });
    const first = await from('2001:db8:1:2::3', one);
    await from('2001:db8:1:2:ffff::4', other);
    expect((await from('2001:db8:1:2::5', one)).status).toBe(429);
    expect((await from('2001:db8:1:3::5', one)).status).toBeUndefined();
    first.send('authenticate', { token: house.token(aUser()) });
    await first.next('connection.ready');
    await eventually(async () => (await from('2001:db8:1:2::6', one)).status === undefined);
  });
});

describe('a token is refused with 4401', () => {
  const options = () => ({
    keys: tokenKeys({ secret: parseKeyRing(house.env['TOKEN_KEYS'] ?? '') }),
    issuer: 'storm',
    audience: 'storm',
  });
  const claims = () => ({ sub: aUser(), sid: newSessionId(), role: 'member' as const, ver: 0 });
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const withHeader = (change: object) => {
    const [header = '', ...rest] = house.token(aUser()).split('.');
    return [part({ ...(JSON.parse(Buffer.from(header, 'base64url').toString()) as object), ...change }), ...rest].join('.');
  };

  it.each([
    ['alg none, unsigned', () => withHeader({ alg: 'none' }).replace(/[^.]*$/, '')],
    ['alg none, signed', () => withHeader({ alg: 'none' })],
    ['another alg', () => withHeader({ alg: 'HS512' })],
    ['an asymmetric alg', () => withHeader({ alg: 'RS256' })],
    ['an unknown kid', () => withHeader({ kid: 'evil' })],
    ['a jku', () => withHeader({ jku: 'http://127.0.0.1:1/keys' })],
    ['another typ, as of a refresh token that is a JWT', () => withHeader({ typ: 'rt+jwt' })],
    ['a refresh token', () => `${newSessionId()}.1.${'A'.repeat(43)}.${'B'.repeat(43)}`],
    ['another audience', () => signAccessToken(claims(), 900, { ...options(), audience: 'other' })],
    ['another issuer', () => signAccessToken(claims(), 900, { ...options(), issuer: 'other' })],
    ['an expired one', () => signAccessToken(claims(), 60, { ...options(), now: () => Date.now() - 3_600_000 })],
  ])('%s', async (_name, make) => {
    const token = make();
    const [early, late] = [await house.client({ headers: { authorization: `Bearer ${token}` } }), await house.client()];
    late.send('authenticate', { token });
    expect([await early.close(), await late.close()]).toEqual([4401, 4401]);
    expect([early.frames, late.frames]).toEqual([[], []]);
  });
});
