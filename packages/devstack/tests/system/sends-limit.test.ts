import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Refused } from '../../src/clients/rest.js';
import { Socket } from '../../src/clients/socket.js';
import { register, type Person } from '../../src/scenario/cast.js';
import { makeChannel } from './support/crowd.js';
import { draft, queueByRest } from './support/messages.js';
import { startSystem, type System } from './support/system.js';

let system: System;
let owner: Person;
let channelId: string;
let sockets: Socket[];

beforeAll(async () => {
  const limits = { RATE_LIMITS: 'on', LIMIT_SENDS_PER_MINUTE: '3', LIMIT_SENDS_BURST: '3' };
  system = await startSystem({ gateways: 2, env: () => limits });
  owner = await register(system.api(), 'ann');
  channelId = (await makeChannel({ name: 'busy', owner, others: [] })).id;
  sockets = await Promise.all([0, 1].map(async (i) => (await Socket.connect(system.gateway(i), owner.accessToken)).socket));
}, 120_000);
afterAll(async () => {
  await Promise.all((sockets ?? []).map((socket) => socket.close()));
  await system?.stop();
}, 60_000);

it('counts what a user sends over two gateways and REST together', async () => {
  const bySocket = async (socket: Socket) => {
    const { event, payload } = await socket.ask('message.send', { ...draft(channelId, 'by socket') });
    return event === 'error' ? payload.code : event;
  };
  const byRest = () => queueByRest(owner.rest, draft(channelId, 'by rest')).catch((error: unknown) => (error as Refused).code);
  const everyWay = async () => [...(await Promise.all(sockets.map(bySocket))), await byRest()];
  expect(await everyWay()).toEqual(['message.ack', 'message.ack', undefined]);
  expect(await everyWay()).toEqual(Array(3).fill('RATE_LIMIT_EXCEEDED'));
});
