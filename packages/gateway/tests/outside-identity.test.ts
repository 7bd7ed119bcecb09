import { eventually, foreignKey, foreignToken, IdentityService } from '@storm/devstack/testing';
import { newSessionId } from '@storm/shared/contracts';
import { issueTicket, parseKeyRing, unavailable } from '@storm/shared/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Gateway } from '../src/index.js';
import { aUser, House } from './support/house.js';

const origin = 'https://chat.example';
const issuer = 'https://id.example.org';
const key = foreignKey('k1');
let service: IdentityService;
let house: House;
let byKeys: Gateway;
let byProfile: Gateway;

beforeAll(async () => {
  service = await IdentityService.start(key);
  house = await House.open({ env: { ALLOWED_ORIGINS: origin, AUTHENTICATE_MS: '20000', HEARTBEAT_MS: '400' } });
  await house.worker.start();
  const outside = { OUTSIDE_ISSUER: issuer, OUTSIDE_TIMEOUT_MS: '1200' };
  [byKeys, byProfile] = await Promise.all([
    house.gateway({ ...outside, OUTSIDE_JWKS_URL: service.keysUrl, OUTSIDE_AUDIENCE: 'chat' }),
    house.gateway({
      ...outside,
      OUTSIDE_PROFILE_URL: service.profileUrl,
      OUTSIDE_COOKIES: 'sid,sid.sig',
      AUTHENTICATE_MS: '200',
    }),
  ]);
});
beforeEach(() => {
  service.asked.length = 0;
  house.worker.asked.length = 0;
});
afterEach(() => {
  service.manner = 'well';
  house.hangUp();
});
afterAll(async () => {
  await house.close();
  await service.stop();
});

let count = 0;
/** Somebody whom the service knows, and their account. */
function somebody() {
  const subject = `person ${++count}`;
  const userId = aUser();
  house.worker.outside.set(subject, { userId, role: 'member', ver: 0 });
  service.profiles.set(`Bearer opaque-${count}`, { sub: subject }).set(`sid=${count}; sid.sig=x`, { sub: subject });
  return { subject, userId, bearer: `opaque-${count}`, cookie: `sid=${count}; sid.sig=x` };
}
const token = (subject: string, given: object = {}, header: object = {}) => {
  const exp = Math.floor(Date.now() / 1_000) + 600;
  return foreignToken(key, { iss: issuer, aud: 'chat', sub: subject, exp, ...given }, header);
};
const bearing = (text: string) => ({ authorization: `Bearer ${text}` });
const enter = (gateway: Gateway, text: string) => house.client({ gateway, headers: bearing(text) });
const identities = () => house.worker.asked.filter(({ kind }) => kind === 'identity');

describe('a token of the identity service', () => {
  it('says who somebody is on the upgrade, in the URL, in the first frame and in band', async () => {
    const { subject, userId } = somebody();
    const first = await house.client({ gateway: byKeys });
    first.send('authenticate', { token: token(subject) }, 'r1');
    const all = [
      first,
      await enter(byKeys, token(subject)),
      await house.client({ url: `${house.url(byKeys)}?token=${token(subject)}` }),
    ];
    for (const client of all) expect((await client.next('connection.ready')).userId).toBe(userId);
    first.send('authenticate', { token: token(subject, { jti: 'next' }) }, 'r2');
    await first.next('connection.ready', 1);
    expect(first.frames.map(({ requestId }) => requestId)).toEqual(['r1', 'r2']);
    expect(identities()).toHaveLength(1); // the account is kept for a while
    expect(service.asked.length).toBeLessThanOrEqual(1);
  });

  it('stands behind a ticket too, which needs no session', async () => {
    const { userId } = somebody();
    const claims = {
      sub: userId,
      sid: newSessionId(),
      role: 'member' as const,
      ver: 0,
      exp: 4_000_000_000,
      outside: true as const,
    };
    const intakeSecrets = parseKeyRing(house.env['INTAKE_SECRETS'] ?? '');
    const ticket = await issueTicket(claims, { redis: house.worker.redis, names: house.names, intakeSecrets });
    await house.worker.control({ kind: 'session-ended', userId, sid: claims.sid });
    const client = await house.client({ gateway: byKeys });
    client.send('authenticate', { ticket });
    expect(await client.next('connection.ready')).toMatchObject({ userId, sessionId: claims.sid });
  });

  it('is over when it says so', async () => {
    const { subject } = somebody();
    const client = await enter(byKeys, token(subject, { exp: Math.floor(Date.now() / 1_000) + 2 }));
    await client.next('session.expiring');
    expect(await client.close()).toBe(4401);
  });

  it.each([
    ['alg none', () => token('x', {}, { alg: 'none' }).replace(/[^.]*$/, '')],
    ['HS256', () => token('x', {}, { alg: 'HS256' })],
    ['a jku', () => token('x', {}, { jku: service.keysUrl })],
    ['another audience', () => token('x', { aud: 'shop' })],
    ['an expired one', () => token('x', { exp: 1 })],
  ])('is refused: %s', async (_name, make) => {
    const late = await house.client({ gateway: byKeys });
    late.send('authenticate', { token: make() });
    expect([await (await enter(byKeys, make())).close(), await late.close()]).toEqual([4401, 4401]);
    expect(identities()).toEqual([]);
  });
});

describe('what an account may', () => {
  it('changes at once for open sockets, and is known anew to who comes back with the same token', async () => {
    const { subject, userId } = somebody();
    const client = await enter(byKeys, token(subject));
    await client.next('connection.ready');
    house.worker.outside.set(subject, { userId, role: 'moderator', ver: 1 });
    await house.worker.control({ kind: 'access-changed', userId, ver: 1, isActive: true });
    expect(await client.close()).toBe(4401);
    await (await enter(byKeys, token(subject))).next('connection.ready');
    house.worker.outside.delete(subject);
    const live = await enter(byKeys, token(subject));
    await live.next('connection.ready');
    await house.worker.control({ kind: 'access-changed', userId, ver: 2, isActive: false });
    expect(await live.close()).toBe(4403);
    expect(await (await enter(byKeys, token(subject))).close()).toBe(4401);
  });

  it('is asked for when Redis has lost what it knew', async () => {
    const { subject, userId } = somebody();
    await (await enter(byKeys, token(subject))).next('connection.ready');
    house.worker.outside.set(subject, { userId, role: 'member', ver: 3 });
    const { redis } = house.worker;
    const marker = (await redis.get(house.names.revocationsLoaded)) ?? '';
    await redis.del(house.names.revocationsLoaded);
    await (await enter(byKeys, token(subject))).next('connection.ready');
    await redis.set(house.names.revocationsLoaded, marker);
    expect(house.worker.asked).toContainEqual({
      kind: 'access',
      bearers: [expect.objectContaining({ sub: userId, ver: 3, outside: true })],
    });
  });

  it('can not be known while the worker can not say: come back later', async () => {
    const { subject } = somebody();
    house.worker.beforeAnswer = () => {
      throw unavailable('the database is away');
    };
    expect(await (await enter(byKeys, token(subject))).close()).toBe(4500);
    house.worker.beforeAnswer = () => undefined;
    await (await enter(byKeys, token(subject))).next('connection.ready');
  });
});

describe('who the profile URL knows', () => {
  it('is somebody, by bearer token or cookies, of which nothing else is sent there', async () => {
    const { userId, bearer, cookie } = somebody();
    const cookies = `storm_csrf=mine; theme=dark; ${cookie}; storm_refresh=mine`;
    const all = [
      await enter(byProfile, bearer),
      await house.client({ gateway: byProfile, origin, headers: { cookie: cookies } }),
      await house.client({ url: `${house.url(byProfile)}?token=${bearer}` }),
    ];
    for (const client of all) expect((await client.next('connection.ready')).userId).toBe(userId);
    const brought = service.asked.map(({ headers }) => headers.authorization ?? headers.cookie);
    expect(brought).toEqual([`Bearer ${bearer}`, cookie]);
    const headers = service.asked.flatMap((asked) => Object.keys(asked.headers));
    expect(headers).not.toContain('origin');
  });

  it('is nobody by cookies of another page, or of none', async () => {
    const { cookie } = somebody();
    expect((await house.client({ gateway: byProfile, origin: 'https://evil.example', headers: { cookie } })).status).toBe(403);
    const client = await house.client({ gateway: byProfile, headers: { cookie } });
    expect(await client.close()).toBe(4401); // it said nothing that counts
    expect(service.asked).toEqual([]);
  });

  it('is refused when the service refuses, and told to come back when it fails or hangs', async () => {
    const code = async (text: string) => (await enter(byProfile, text)).close();
    expect(await code('unknown')).toBe(4401);
    for (const [manner, expected] of [
      [(response) => void response.writeHead(403).end(), 4401],
      [(response) => void response.writeHead(500).end(), 4500],
      [(response) => void response.writeHead(302, { location: '/keys' }).end(), 4500],
      ['never', 4500], // though the deadline to say who one is was sooner
    ] satisfies [IdentityService['manner'], number][]) {
      service.manner = manner;
      expect(await code(`x${++count}`)).toBe(expected);
    }
    service.manner = 'well';
    await (await enter(byProfile, somebody().bearer)).next('connection.ready');
  });
});

it('goes on taking tokens of ours, and sends them nowhere', async () => {
  const ann = aUser();
  for (const gateway of [byKeys, byProfile]) await house.connect(ann, gateway);
  const forged = `${house.token(ann).slice(0, -5)}AAAAA`;
  expect(await (await enter(byProfile, forged)).close()).toBe(4401);
  const page = await house.client({ gateway: byProfile, origin, headers: { cookie: `storm_access=${somebody().bearer}` } });
  expect(await page.close()).toBe(4401);
  await eventually(() => expect(service.asked).toEqual([]));
});
