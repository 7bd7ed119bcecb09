import { Channel, Member, User } from '@storm/shared/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { Rest } from '../../src/clients/rest.js';
import { Socket } from '../../src/clients/socket.js';
import { register } from '../../src/scenario/cast.js';
import { foreignKey, foreignToken, IdentityService } from '../../src/testing/index.js';
import { draft, storeByRest } from './support/messages.js';
import { startSystem, type System } from './support/system.js';

const issuer = 'https://id.example.org';
const key = foreignKey('k1', 'RS256');
let service: IdentityService;
let system: System;
let admin: Rest;

beforeAll(async () => {
  service = await IdentityService.start(key);
  const outside = { OUTSIDE_JWKS_URL: service.keysUrl, OUTSIDE_ISSUER: issuer, OUTSIDE_AUDIENCE: 'chat' };
  const first = { FIRST_ADMIN_USERNAME: 'root', FIRST_ADMIN_EMAIL: 'root@example.org', FIRST_ADMIN_PASSWORD: 'Correct-horse-1' };
  system = await startSystem({ gateways: 2, env: () => ({ ...outside, ...first }) });
  const { data } = await system.api().call(z.object({ accessToken: z.string() }), 'POST', '/auth/login', {
    body: { username: 'root', password: 'Correct-horse-1' },
  });
  admin = system.api().as(data.accessToken);
}, 120_000);
afterAll(async () => {
  await system?.stop();
  await service?.stop();
}, 60_000);

const tokenOf = (sub: string) =>
  foreignToken(key, { iss: issuer, aud: 'chat', sub, exp: Math.floor(Date.now() / 1_000) + 600, preferred_username: sub });

it('makes one account of first sights at the api and two gateways at once, which takes part like any other', async () => {
  const token = tokenOf('olga');
  const rest = system.api().as(token);
  const [{ data: self }, ...sockets] = await Promise.all([
    rest.call(User, 'GET', '/users/me'),
    ...[0, 1].map((i) => Socket.connect(system.gateway(i), token)),
  ]);
  expect(new Set([self.id, ...sockets.map(({ ready }) => ready.userId)]).size).toBe(1);
  expect(self.username).toBe('olga');

  const { data: channel } = await admin.call(Channel, 'POST', '/channels', { body: { type: 'private', name: 'outside' } });
  await admin.call(Member, 'POST', `/channels/${channel.id}/members`, { body: { userId: self.id } });
  const message = await storeByRest(rest, draft(channel.id, 'hello from elsewhere'));
  for (const { socket } of sockets)
    expect(await socket.next('message.new', ({ id }) => id === message.id)).toMatchObject({ senderId: self.id });

  await admin.call(User, 'PATCH', `/users/${self.id}`, { body: { isActive: false } });
  const answered = performance.now();
  for (const { socket } of sockets) {
    const { code, at } = await socket.closed;
    expect(code).toBe(4403);
    expect(at - answered).toBeLessThan(1_000);
  }
  await expect(rest.call(User, 'GET', '/users/me')).rejects.toMatchObject({ status: 401 });
  await expect(Socket.connect(system.gateway(0), token)).rejects.toThrow('4401');
});

it('while the identity service is away, everybody else goes on', async () => {
  service.manner = (response) => void response.writeHead(500).end();
  await register(system.api(), 'bob');
  const { socket } = await Socket.connect(system.gateway(1), tokenOf('pia')); // by the keys that it has
  await socket.close();
  service.manner = 'well';
});
