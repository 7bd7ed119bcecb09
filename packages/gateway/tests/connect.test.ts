import { eventually } from '@storm/devstack/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aChannelId, aUser, House } from './support/house.js';

let house: House;
beforeAll(async () => {
  house = await House.ready({ env: { ALLOWED_ORIGINS: 'https://chat.example', AUTHENTICATE_MS: '400', HEARTBEAT_MS: '1000' } });
});
afterAll(() => house.close());

it('says who connected and where its channels stand, then delivers what comes', async () => {
  const [ann, bob] = [aUser(), aUser()];
  const channel = await house.worker.createChannel(aChannelId(), ann, bob);
  await house.worker.say(channel, ann, 'before');
  const client = await house.connect(bob);
  const ready = await client.next('connection.ready');
  expect(ready).toMatchObject({ userId: bob, epoch: 'epoch-1', heartbeatMs: 1_000 });
  expect(ready.degraded).toBeUndefined();
  expect(ready.channels).toEqual([{ channelId: channel.id, seq: 3, position: 1, readPosition: 0, unread: 1, mentions: 0 }]);

  await house.worker.say(channel, ann, 'after');
  expect(await client.next('message.new')).toMatchObject({ seq: 4, position: 2, text: 'after' });
});

it('begins at the head key where that is ahead of what the worker said', async () => {
  const ann = aUser();
  const channel = await house.worker.createChannel(aChannelId(), ann);
  house.worker.beforeAnswer = () => undefined;
  await house.worker.redis.hset(house.names.head(channel.id, 'epoch-1'), { seq: 9, position: 4 });
  const ready = await (await house.connect(ann)).next('connection.ready');
  expect(ready.channels).toMatchObject([{ seq: 9, position: 4, unread: 4 }]);
});

it('tells more than 200 channels in further frames, from several pages of the worker', async () => {
  const ann = aUser();
  const ids = Array.from({ length: 450 }, aChannelId);
  for (const id of ids) await house.worker.createChannel(id, ann);
  house.worker.membershipsAtOnce = 130;
  const client = await house.connect(ann);
  const more = await eventually(() =>
    client.all('channels.more').at(-1)?.hasMore === false ? client.all('channels.more') : undefined,
  );
  house.worker.membershipsAtOnce = 1_000;
  const told = [...client.all('connection.ready'), ...more].flatMap(({ channels }) => channels.map(({ channelId }) => channelId));
  expect(client.all('connection.ready')[0]?.channels).toHaveLength(200);
  expect(told.sort()).toEqual(ids.sort());
  expect(more.map(({ hasMore }) => hasMore)).toEqual([true, false]);
});

it('puts one question for all connections of a user that come at once', async () => {
  const ann = aUser();
  const clients = await Promise.all(
    Array.from({ length: 5 }, () => house.client({ headers: { authorization: `Bearer ${house.token(ann)}` } })),
  );
  await Promise.all(clients.map((client) => client.next('connection.ready')));
  const asked = house.worker.asked.filter((question) => question.kind === 'memberships' && question.userId === ann);
  expect(asked.length).toBeLessThan(5);
});

describe('identity', () => {
  it.each(['header', 'query', 'token', 'ticket'])('is taken from the %s', async (way) => {
    const ann = aUser();
    const client = await house.client({
      url: way === 'query' ? `${house.url()}?token=${house.token(ann)}` : house.url(),
      ...(way === 'header' ? { headers: { authorization: `Bearer ${house.token(ann)}` } } : {}),
    });
    if (way === 'token') client.send('authenticate', { token: house.token(ann) }, 'r1');
    if (way === 'ticket') client.send('authenticate', { ticket: await house.ticket(ann) }, 'r1');
    expect((await client.next('connection.ready')).userId).toBe(ann);
    expect(client.frames[0]?.requestId).toBe(way === 'token' || way === 'ticket' ? 'r1' : undefined);
  });

  it('is not taken twice from one ticket', async () => {
    const ticket = await house.ticket(aUser());
    const [one, other] = [await house.client(), await house.client()];
    one.send('authenticate', { ticket });
    await one.next('connection.ready');
    other.send('authenticate', { ticket });
    expect(await other.close()).toBe(4401);
  });

  it.each(['header', 'query', 'frame'])('is refused with 4401 for a token that is not ours, from the %s', async (way) => {
    const token = house.token(aUser()).slice(0, -2);
    const client = await house.client({
      url: way === 'query' ? `${house.url()}?token=${token}` : house.url(),
      ...(way === 'header' ? { headers: { authorization: `Bearer ${token}` } } : {}),
    });
    if (way === 'frame') client.send('authenticate', { token });
    expect(await client.close()).toBe(4401);
    expect(client.frames).toEqual([]);
  });

  it('is due within its time, and before anything else', async () => {
    const silent = await house.client();
    const hasty = await house.client();
    hasty.send('ping', {});
    expect([await silent.close(), await hasty.close()]).toEqual([4401, 4401]);
  });

  it('ends with the token, unless it was renewed by the same user', async () => {
    const [ann, bob] = [aUser(), aUser()];
    const short = () => ({ headers: { authorization: `Bearer ${house.token(ann, 1)}` } });
    const [expiring, renewed, other] = await Promise.all([house.client(short()), house.client(short()), house.client(short())]);
    renewed.send('authenticate', { token: house.token(ann) }, 'again');
    other.send('authenticate', { token: house.token(bob) });
    expect(await other.close()).toBe(4401);
    expect(await expiring.close()).toBe(4401);
    await renewed.next('connection.ready', 1);
    expect(renewed.frames.at(-1)?.requestId).toBe('again');
    renewed.send('ping', {});
    await renewed.next('pong');
  });

  it('is not renewed more often than makes sense', async () => {
    const ann = aUser();
    const client = await house.connect(ann);
    for (let i = 0; i < 8; i++) client.send('authenticate', { token: house.token(ann) });
    expect(await client.next('error')).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' });
    await client.next('connection.ready', 5);
    expect(client.closed).toBeUndefined();
  });

  it('holds back frames sent right behind a ticket until it is redeemed', async () => {
    const ann = aUser();
    const ticket = await house.ticket(ann);
    const client = await house.client();
    client.send('authenticate', { ticket });
    for (const id of ['a', 'b', 'c']) client.send('ping', {}, id);
    await client.next('pong', 2);
    expect(client.frames.filter(({ event }) => event === 'pong').map(({ requestId }) => requestId)).toEqual(['a', 'b', 'c']);
  });
});

describe('the upgrade', () => {
  it('asks browsers for an allowed origin, whoever they are', async () => {
    const headers = { authorization: `Bearer ${house.token(aUser())}` };
    expect((await house.client({ origin: 'https://evil.example', headers })).status).toBe(403);
    const client = await house.client({ origin: 'https://chat.example', headers });
    await client.next('connection.ready');
  });

  it('is at /ws only', async () => {
    expect((await house.client({ url: house.url().replace('/ws', '/other') })).status).toBe(404);
    expect((await house.http('/ws')).status).toBe(426);
    expect((await house.http('/other')).status).toBe(404);
  });
});

describe('limits', () => {
  it('refuse more unauthenticated connections of one address, until some have said who they are', async () => {
    const gateway = await house.gateway({ MAX_UNAUTHENTICATED_PER_ADDRESS: '2', TRUST_PROXY: '1', AUTHENTICATE_MS: '20000' });
    const from = (address: string) => house.client({ gateway, headers: { 'x-forwarded-for': `6.6.6.6, ${address}` } });
    const first = await from('1.1.1.1');
    await from('1.1.1.1');
    expect((await from('1.1.1.1')).status).toBe(429);
    expect((await from('2.2.2.2')).status).toBeUndefined();
    first.send('authenticate', { token: house.token(aUser()) });
    await first.next('connection.ready');
    expect((await from('1.1.1.1')).status).toBeUndefined();
    expect((await from('1.1.1.1')).status).toBe(429);
  });

  it('refuse more connections of one user, before the upgrade where the user is known by then', async () => {
    const gateway = await house.gateway({ MAX_CONNECTIONS_PER_USER: '2' });
    const ann = aUser();
    const held = [await house.connect(ann, gateway), await house.connect(ann, gateway)];
    const headers = { authorization: `Bearer ${house.token(ann)}` };
    expect((await house.client({ gateway, headers })).status).toBe(429);
    const late = await house.client({ gateway });
    late.send('authenticate', { token: house.token(ann) });
    expect(await late.close()).toBe(4429);
    held[0]?.socket.close();
    await eventually(async () => (await house.metric('storm_gateway_connections', gateway)) === 1);
    await house.connect(ann, gateway);
  });

  it('refuse new connections of one address that come too fast, whatever it claims to be, and of no other', async () => {
    const gateway = await house.gateway({ LIMIT_CONNECTS_PER_MINUTE: '2', LIMIT_ALLOWLIST: '7.7.0.0/16', TRUST_PROXY: '1' });
    const from = async (...forwarded: string[]) => {
      const headers = { authorization: `Bearer ${house.token(aUser())}`, 'x-forwarded-for': forwarded.join(', ') };
      return (await house.client({ gateway, headers })).status;
    };
    expect([await from('6.6.6.1', '3.3.3.3'), await from('6.6.6.2', '::ffff:3.3.3.3')]).toEqual([undefined, undefined]);
    expect([await from('6.6.6.3', '3.3.3.3'), await from('7.7.7.7', '3.3.3.3')]).toEqual([429, 429]);
    expect(await from('3.3.3.3', '4.4.4.4')).toBeUndefined();
    for (let i = 0; i < 4; i++) expect(await from('7.7.7.7')).toBeUndefined();
    expect(await house.metric('storm_rate_limited_total', gateway)).toBe(2);
  });

  it('refuse more connections than the gateway holds', async () => {
    const gateway = await house.gateway({ MAX_CONNECTIONS: '1' });
    await house.connect(aUser(), gateway);
    expect((await house.client({ gateway })).status).toBe(503);
  });

  it('refuse new connections while memory is short', async () => {
    const gateway = await house.gateway({ MAX_RSS_BYTES: '1' });
    await eventually(async () => (await house.metric('storm_gateway_strained', gateway)) === 1);
    expect((await house.client({ gateway })).status).toBe(503);
  });

  it('keep a connection without channels where there are more than the gateway holds, and say so', async () => {
    const gateway = await house.gateway({ MAX_CHANNELS: '1' });
    const ann = aUser();
    for (let i = 0; i < 2; i++) await house.worker.createChannel(aChannelId(), ann);
    expect((await (await house.connect(ann, gateway)).next('connection.ready')).degraded).toBe(true);
    expect(await house.metric('storm_gateway_channels', gateway)).toBe(0);
  });
});
