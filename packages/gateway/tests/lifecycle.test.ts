import { eventually } from '@storm/devstack/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { aChannelId, aUser, House } from './support/house.js';

let house: House;
beforeAll(async () => {
  house = await House.ready();
});
afterAll(() => house.close());

it('pings its clients, and drops who does not answer', async () => {
  const gateway = await house.gateway({ HEARTBEAT_MS: '200' });
  const client = await house.connect(aUser(), gateway);
  let pings = 0;
  client.socket.on('ping', () => (pings += 1));
  await eventually(() => pings >= 3);
  expect(client.closed).toBeUndefined();

  const mute = new WebSocket(house.url(gateway), {
    autoPong: false,
    headers: { authorization: `Bearer ${house.token(aUser())}` },
  });
  const code = new Promise((resolve) => mute.on('close', resolve));
  mute.on('error', () => undefined);
  expect(await code).toBe(1006);
  expect(client.closed).toBeUndefined();
});

it('takes what was sent, sends everybody away with a delay of their own, and leaves nothing open', async () => {
  const gateway = await house.gateway({ DRAIN_MS: '1000' });
  const ann = aUser();
  const channel = await house.worker.createChannel(aChannelId(), ann);
  const clients = await Promise.all(Array.from({ length: 10 }, () => house.connect(ann, gateway)));
  const messageId = randomUUID();
  clients[0]?.send('message.send', { messageId, channelId: channel.id, text: 'last words', clientTs: 1 });
  await clients[0]?.next('message.ack');
  const stopped = gateway.stop();
  expect(gateway.stop()).toBe(stopped); // a second stop is the first one's
  const codes = await Promise.all(clients.map((client) => client.close()));
  expect(codes).toEqual(clients.map(() => 1001));
  const delays = clients.map((client) => client.all('connection.closing')[0]?.reconnectAfterMs ?? -1);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...delays)).toBeLessThanOrEqual(1_000);
  expect(new Set(delays).size).toBeGreaterThan(5);
  await stopped;
  await expect(house.http('/health', gateway)).rejects.toThrow();
  await eventually(() => channel.messages.some((message) => message.messageId === messageId));
});

it('cuts off who does not leave in time, and lets nobody in meanwhile', async () => {
  const gateway = await house.gateway({ DRAIN_MS: '600' });
  const stuck = await house.connect(aUser(), gateway);
  stuck.socket.pause();
  const stopped = gateway.stop();
  expect((await house.http('/readiness', gateway)).status).toBe(503);
  expect((await house.client({ gateway })).status).toBe(503);
  await stopped;
  stuck.socket.resume();
  await stuck.close();
});

it('says how it is', async () => {
  await eventually(async () => (await house.http('/readiness')).status === 200);
  expect(await (await house.http('/health')).json()).toMatchObject({
    status: 'alive',
    service: 'gateway',
    checks: { redis: 'ok' },
  });
  expect(await house.metric('storm_gateway_connections')).toBe(0);
});

it('stops in order when it never got to Redis', async () => {
  const { createContext, createGateway, readConfig } = await import('../src/index.js');
  const gateway = createGateway(createContext(readConfig({ ...house.env, REDIS_URL: 'redis://127.0.0.1:1' })));
  void gateway.start();
  await eventually(() => gateway.port > 0);
  expect((await house.http('/health', gateway)).status).toBe(200);
  expect((await house.http('/readiness', gateway)).status).toBe(503);
  expect((await house.client({ gateway })).status).toBe(503);
  await gateway.stop();
});
