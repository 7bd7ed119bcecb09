import { eventually } from '@storm/devstack/testing';
import { newSessionId } from '@storm/shared/contracts';
import { generateKey } from '@storm/shared/node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aUser, House } from './support/house.js';
import { frame, opcodes, RawSocket } from './support/raw-socket.js';

let house: House;
beforeAll(async () => {
  house = await House.ready({ env: { ALLOWED_ORIGINS: 'https://chat.example' } });
});
afterEach(() => house.hangUp());
afterAll(() => house.close());

const origin = 'https://chat.example';
const away = (ms: number) => ({ now: () => Date.now() - ms });

describe('a ticket is refused with 4401', () => {
  it.each([
    ['that is late', () => house.ticket(aUser(), away(30_001))],
    ['that somebody made who can write to Redis', () => house.ticket(aUser(), { under: generateKey('i1') })],
    ['that nobody made', () => Promise.resolve('A'.repeat(32))],
    ['that is an access token', () => Promise.resolve(house.token(aUser()))],
    ['that is a name in Redis', () => Promise.resolve('../*')],
  ])('%s', async (_what, make) => {
    const client = await house.client();
    client.send('authenticate', { ticket: await make() });
    expect(await client.close()).toBe(4401);
    expect(client.frames).toEqual([]);
  });

  it('where a token belongs, and is still good where it does belong itself', async () => {
    const ann = aUser();
    const ticket = await house.ticket(ann);
    const url = `${house.url()}?token=${ticket}`;
    const headers = { authorization: `Bearer ${ticket}` };
    const cookie = { origin, headers: { cookie: `storm_access=${ticket}` } };
    const clients = await Promise.all([house.client({ url }), house.client({ headers }), house.client(cookie), house.client()]);
    clients[3]?.send('authenticate', { token: ticket });
    expect(await Promise.all(clients.map((client) => client.close()))).toEqual(Array(4).fill(4401));
    const client = await house.client();
    client.send('authenticate', { ticket });
    expect((await client.next('connection.ready')).userId).toBe(ann);
  });

  it('by all but one of those who bring it at once, to two gateways', async () => {
    const other = await house.gateway();
    const ticket = await house.ticket(aUser());
    const clients = await Promise.all(
      Array.from({ length: 10 }, (_, i) => house.client({ gateway: i % 2 ? other : house.gateways[0] })),
    );
    for (const client of clients) client.send('authenticate', { ticket });
    await Promise.all(clients.map((client) => eventually(() => client.closed ?? client.all('connection.ready')[0])));
    expect(clients.filter(({ closed }) => closed === undefined)).toHaveLength(1);
    expect(clients.filter(({ closed }) => closed?.code === 4401)).toHaveLength(9);
  });
});

it('who says nothing, or says it byte by byte, is closed in time', async () => {
  const gateway = await house.gateway({ AUTHENTICATE_MS: '400' });
  const sockets = await Promise.all([1, 2, 3, 4].map(() => RawSocket.upgraded(gateway.port)));
  const began = performance.now();
  const [, halfFrame, fragments, pings] = sockets;
  halfFrame?.tcp.write(frame(opcodes.text, '{"event":"authenticate",', { length: 5_000 }));
  fragments?.tcp.write(frame(opcodes.text, '{', { fin: false }));
  const drip = setInterval(() => {
    halfFrame?.tcp.write('x');
    fragments?.tcp.write(frame(opcodes.continuation, ' ', { fin: false }));
    pings?.tcp.write(frame(opcodes.ping));
  }, 20);
  await Promise.all(sockets.map((socket) => socket.ended(4401)));
  clearInterval(drip);
  expect(performance.now() - began).toBeLessThan(3_000);
  expect(await house.metric('storm_gateway_connections', gateway)).toBe(0);
});

it('a renewal brings nobody else in, by whatever it comes', async () => {
  const [ann, eve] = [aUser(), aUser()];
  const [byTicket, byForgery, byLateTicket] = await Promise.all([1, 2, 3].map(() => house.connect(ann)));
  byTicket?.send('authenticate', { ticket: await house.ticket(eve) });
  byForgery?.send('authenticate', { token: house.token(ann, 900, { sid: newSessionId() }).slice(0, -3) });
  byLateTicket?.send('authenticate', { ticket: await house.ticket(ann, away(30_001)) });
  for (const client of [byTicket, byForgery, byLateTicket]) {
    expect(await client?.close()).toBe(4401);
    expect(client?.all('connection.ready')).toHaveLength(1);
  }
});
