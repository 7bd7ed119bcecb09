import { eventually } from '@storm/devstack/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aUser, House } from './support/house.js';
import { RawSocket } from './support/raw-socket.js';

const good = 'https://good.example';
let house: House;
beforeAll(async () => {
  house = await House.ready({ env: { ALLOWED_ORIGINS: `${good},https://other.example:8443`, AUTHENTICATE_MS: '20000' } });
});
afterEach(() => house.hangUp());
afterAll(() => house.close());

const port = () => house.gateways[0]?.port ?? 0;

describe('an origin is refused with 403, before the upgrade and before anything is counted,', () => {
  it.each([
    'https://evil.example',
    'null',
    '',
    'https://good.example.evil.net',
    'https://evil.net/https://good.example',
    'https://notgood.example',
    'https://good.example:444',
    'https://other.example',
    'http://good.example',
    'wss://good.example',
    'https://good.example@evil.net',
    'https://user@good.example',
    'https://good.example/',
    'https://good.example.',
    'https://good.exаmple', // with a Cyrillic letter
    'https://good.example, https://evil.example',
    'good.example',
    '*',
    'file://',
  ])('%s', async (origin) => {
    const token = house.token(aUser());
    const headers = {
      Origin: Buffer.from(origin).toString('latin1'),
      Authorization: `Bearer ${token}`,
      Cookie: `storm_access=${token}`,
    };
    const raw = await RawSocket.upgraded(port(), headers, 'HTTP/1.1 ');
    await eventually(() => raw.closed);
    expect(raw.text).toMatch(/^HTTP\/1.1 403 /);
    expect(raw.text).not.toContain('Sec-WebSocket-Accept');
    const now = await house.scrape();
    expect([now('storm_gateway_connections'), now('storm_gateway_leases')]).toEqual([0, 0]);
  });

  it('two of them as well, of which one is allowed', async () => {
    const raw = await RawSocket.upgraded(port(), { Origin: good, origin: 'https://evil.example' }, 'HTTP/1.1 ');
    await eventually(() => raw.closed);
    expect(raw.text).toMatch(/^HTTP\/1.1 403 /);
  });

  it('and takes nothing from what its address may have', async () => {
    const counted = async () => Number(await house.worker.redis.get(`${house.names.limits}:connects:127.0.0.1`));
    const before = await counted();
    for (let i = 0; i < 5; i++) expect((await house.client({ origin: 'https://evil.example' })).status).toBe(403);
    expect(await counted()).toBe(before);
    expect((await house.client({ origin: good })).status).toBeUndefined();
    expect(await counted()).toBe(before + 1);
  });
});

describe('what a client claims of its address does not lift a limit', () => {
  const forged = (i: number) => ({
    'x-forwarded-for': `10.0.0.${i}`,
    'x-real-ip': `10.0.0.${i}`,
    forwarded: `for=10.0.0.${i}`,
    'x-client-ip': `10.0.0.${i}`,
    'cf-connecting-ip': `10.0.0.${i}`,
  });

  it('on new sockets', async () => {
    const gateway = await house.gateway({ LIMIT_CONNECTS_PER_MINUTE: '3' });
    const statuses: (number | undefined)[] = [];
    for (let i = 0; i < 6; i++) {
      const headers = { ...forged(i), authorization: `Bearer ${house.token(aUser())}` };
      statuses.push((await house.client({ gateway, headers })).status);
    }
    expect(statuses.slice(3)).toEqual([429, 429, 429]); // some of the three may be taken by others of this address
  });

  it('on sockets that have not said who they are', async () => {
    const gateway = await house.gateway({ MAX_UNAUTHENTICATED_PER_ADDRESS: '3' });
    const clients = await Promise.all(Array.from({ length: 6 }, (_, i) => house.client({ gateway, headers: forged(i) })));
    expect(clients.filter(({ status }) => status === 429)).toHaveLength(3);
  });
});

describe('sockets asked for all at once, of two gateways,', () => {
  const env = { MAX_UNAUTHENTICATED_PER_ADDRESS: '4', MAX_CONNECTIONS_PER_USER: '4', TRUST_PROXY: '1' };
  const open = (clients: { status: number | undefined; closed: unknown }[]) =>
    clients.filter(({ status, closed }) => status === undefined && closed === undefined).length;

  it('are as many as an address that says nothing may have, and others are served', async () => {
    const gateways = [await house.gateway(env), await house.gateway(env)];
    const from = (address: string, i: number) =>
      house.client({ gateway: gateways[i % 2], headers: { 'x-forwarded-for': address } });
    const clients = await Promise.all(Array.from({ length: 20 }, (_, i) => from('9.9.9.9', i)));
    expect(open(clients)).toBe(4);
    const other = await from('8.8.8.8', 0);
    other.send('authenticate', { token: house.token(aUser()) });
    await other.next('connection.ready');
  });

  it('are as many as a user may have, whichever way it says who it is, and others are served', async () => {
    const gateways = [await house.gateway(env), await house.gateway(env)];
    const ann = aUser();
    const of = (i: number) => ({ gateway: gateways[i % 2], headers: { 'x-forwarded-for': `7.7.7.${i}` } });
    const early = Array.from({ length: 10 }, (_, i) => {
      const { gateway, headers } = of(i);
      return house.client({ gateway, headers: { ...headers, authorization: `Bearer ${house.token(ann)}` } });
    });
    const late = Array.from({ length: 10 }, async (_, i) => {
      const client = await house.client(of(10 + i));
      client.send('authenticate', { token: house.token(ann) });
      return client;
    });
    const clients = await Promise.all([...early, ...late]);
    await eventually(() => clients.every((client) => client.closed ?? client.all('connection.ready')[0]));
    expect(open(clients)).toBe(4);
    await house.connect(aUser(), gateways[0]);
  });
});

it('a place is given back when the handshake fails after it was taken', async () => {
  const held = (await house.scrape())('storm_gateway_leases');
  const headers = { Authorization: `Bearer ${house.token(aUser())}`, 'Sec-WebSocket-Version': '7' };
  const sockets = await Promise.all(Array.from({ length: 5 }, () => RawSocket.upgraded(port(), headers, 'HTTP/1.1 4')));
  await eventually(() => sockets.every(({ closed }) => closed));
  await eventually(async () => (await house.scrape())('storm_gateway_leases') <= held);
});

describe('a connection is dropped in time', () => {
  it.each([
    { what: 'that says nothing', first: '', drip: '' },
    { what: 'whose header comes byte by byte', first: 'GET /ws HTTP/1.1\r\nX-Slow: ', drip: 'x' },
    { what: 'whose headers come one by one', first: 'GET /ws HTTP/1.1\r\n', drip: 'X-Slow: 1\r\n' },
    { what: 'whose request line does not end', first: 'GET /', drip: 'x' },
    { what: 'whose body does not come', first: 'GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n', drip: 'x' },
    { what: 'that waits between requests', first: 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n', drip: '' },
  ])('$what', async ({ first, drip }) => {
    const gateway = await house.gateway({ HTTP_TIMEOUT_MS: '300' });
    const sockets = await Promise.all(Array.from({ length: 20 }, () => RawSocket.open(gateway.port)));
    for (const { tcp } of sockets) if (first) tcp.write(first);
    const dripping = setInterval(() => {
      for (const { tcp } of sockets) if (drip) tcp.write(drip);
    }, 50);
    const client = await house.connect(aUser(), gateway);
    await eventually(() => sockets.every(({ closed }) => closed), { timeoutMs: 3_000 });
    clearInterval(dripping);
    client.send('ping', {});
    await client.next('pong');
  });
});
