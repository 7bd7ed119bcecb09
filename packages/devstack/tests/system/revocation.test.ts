import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tokens, type ServerPayload } from '@storm/shared/protocol';
import { z } from 'zod';
import { Socket } from '../../src/clients/socket.js';
import { temporaryDirectory } from '../../src/process/temporary-directory.js';
import { startRedis, type RedisServer } from '../../src/redis/index.js';
import { eventually, startProxy, type TcpProxy } from '../../src/testing/index.js';
import { makeChannel } from './support/crowd.js';
import { draft, queueByRest } from './support/messages.js';
import { report } from './support/report.js';
import { signIn, signUp, type Account, type Session } from './support/sign-in.js';
import { startSystem, type System } from './support/system.js';

/** What the design promises: from the answer to the last socket of any gateway. */
const promisedMs = 1_000;
const gateways = [0, 1, 2];
const apis = [0, 1];
const root = { username: 'root', password: 'First-of-all-9!kestrel' };

const directory = temporaryDirectory();
const took = new Map<string, number>();
let server: RedisServer;
/** Between Redis and the last of the gateways. */
let proxy: TcpProxy;
let system: System;
let admin: Session;

beforeAll(async () => {
  server = await startRedis({ dir: join(directory.path, 'redis') });
  proxy = await startProxy({ target: { host: '127.0.0.1', port: server.port } });
  const first = {
    FIRST_ADMIN_USERNAME: root.username,
    FIRST_ADMIN_EMAIL: 'root@example.org',
    FIRST_ADMIN_PASSWORD: root.password,
  };
  system = await startSystem({
    apis: apis.length,
    gateways: gateways.length,
    redisUrl: server.url,
    env: (service, index) => {
      if (service === 'gateway' && index === 2) return { REDIS_URL: `redis://127.0.0.1:${proxy.port}` };
      return service === 'api' ? first : {};
    },
  });
  admin = await signIn(system.api(), root);
}, 120_000);
afterAll(async () => {
  const all = [...took].map(([what, ms]) => `${what} ${ms.toFixed(0)} ms`);
  report(`From the answer to the last of three gateways' sockets: ${all.join(', ')}`);
  await system?.stop();
  await proxy?.stop();
  await server?.stop();
  directory.remove();
});

/** A socket of the session at each gateway. */
const everywhere = ({ accessToken }: Pick<Session, 'accessToken'>): Promise<Socket[]> =>
  Promise.all(gateways.map(async (i) => (await Socket.connect(system.gateway(i), accessToken)).socket));

const alive = (sockets: readonly Socket[]) =>
  Promise.all(sockets.map(async (socket) => expect(await socket.ask('ping', {})).toMatchObject({ event: 'pong' })));

/** Does it, and holds how long after its answer the last of the events came against the promise. */
async function within<T>(
  what: string,
  act: () => Promise<unknown>,
  events: readonly Promise<T & { at: number }>[],
): Promise<T[]> {
  await act();
  const answered = performance.now();
  const came = await Promise.all(events);
  const ms = Math.max(0, ...came.map(({ at }) => at - answered));
  took.set(what, Math.max(ms, took.get(what) ?? 0));
  expect(ms).toBeLessThan(promisedMs);
  return came;
}

/** Of both apis, for what reads and what writes. */
async function expectRefused(accessToken: string): Promise<void> {
  const calls = apis.flatMap((i) => {
    const rest = system.api(i).as(accessToken);
    return [rest.call(z.unknown(), 'GET', '/users/me'), rest.call(z.unknown(), 'POST', '/auth/ws-ticket')];
  });
  for (const outcome of await Promise.allSettled(calls)) expect(outcome).toMatchObject({ reason: { status: 401 } });
}

const expectOut = ({ accessToken }: Session, code: number) =>
  Promise.all(
    gateways.map((i) =>
      expect(Socket.connect(system.gateway(i), accessToken)).rejects.toThrow(`closed the connection with ${code}`),
    ),
  );

interface Case {
  what: string;
  /** That the session's sockets are closed with. */
  code: number;
  /** Does the user's other session end, too? */
  all: boolean;
  act: (scene: { account: Account; own: Session; other: Session }) => Promise<unknown>;
}

const cases: Case[] = [
  {
    what: 'a session is ended',
    code: 4403,
    all: false,
    act: ({ own, other }) => other.rest.call(z.null(), 'DELETE', `/auth/sessions/${own.sessionId}`),
  },
  { what: 'logout', code: 4403, all: false, act: ({ own }) => own.rest.call(z.null(), 'POST', '/auth/logout') },
  { what: 'logout everywhere', code: 4403, all: true, act: ({ own }) => own.rest.call(z.null(), 'POST', '/auth/logout-all') },
  {
    what: 'a new password',
    code: 4403,
    all: false,
    act: ({ account: { password: currentPassword }, other }) =>
      other.rest.call(z.null(), 'PUT', '/users/me/password', { body: { currentPassword, newPassword: 'Another-1!ptarmigan' } }),
  },
  {
    what: 'a used refresh token',
    code: 4403,
    all: false,
    act: async ({ own: { refreshToken } }) => {
      const once = await renew(refreshToken);
      await renew(once.refreshToken);
      await expect(renew(refreshToken)).rejects.toMatchObject({ status: 401 });
    },
  },
  {
    what: 'an admin ends all sessions',
    code: 4403,
    all: true,
    act: ({ account }) => admin.rest.call(z.unknown(), 'DELETE', `/users/${account.id}/sessions`),
  },
  {
    what: 'deactivation',
    code: 4403,
    all: true,
    act: ({ account }) => admin.rest.call(z.unknown(), 'DELETE', `/users/${account.id}`),
  },
  {
    what: 'another role',
    code: 4401,
    all: true,
    act: ({ account }) => admin.rest.call(z.unknown(), 'PATCH', `/users/${account.id}`, { body: { role: 'moderator' } }),
  },
];

const renew = async (refreshToken: string, api = 1) =>
  (await system.api(api).call(Tokens, 'POST', '/auth/refresh', { body: { refreshToken } })).data;

describe('access ends on every gateway within a second of the answer, and at once at every api', () => {
  it.each(cases)('$what', async ({ what, code, all, act }) => {
    const account = await signUp(system.api(), 'ann');
    const [own, other] = [await signIn(system.api(0), account), await signIn(system.api(1), account)];
    const [mine, others] = [await everywhere(own), await everywhere(other)];
    const ended = (all ? [...mine, ...others] : mine).map(({ closed }) => closed);
    const closes = await within(what, () => act({ account, own, other }), ended);
    expect(closes.map((close) => close.code)).toEqual(ended.map(() => code));
    await expectRefused(own.accessToken);
    await expectOut(own, code);
    if (all) return expectRefused(other.accessToken);
    await alive(others);
    await Promise.all(others.map((socket) => socket.close()));
  });

  it('with another role, fresh tokens bring it', async () => {
    const account = await signUp(system.api(), 'ann');
    const before = await signIn(system.api(), account);
    await admin.rest.call(z.unknown(), 'PATCH', `/users/${account.id}`, { body: { role: 'moderator' } });
    await expectRefused(before.accessToken);
    const after = await renew(before.refreshToken);
    for (const i of apis) {
      const { data } = await system
        .api(i)
        .as(after.accessToken)
        .call(z.object({ role: z.string() }), 'GET', '/users/me');
      expect(data.role).toBe('moderator');
    }
    const sockets = await everywhere(after);
    await alive(sockets);
    await Promise.all(sockets.map((socket) => socket.close()));
  });
});

/** A channel of two, each with a socket at every gateway. */
async function aChannel() {
  const [ann, bob] = await Promise.all(
    ['ann', 'bob'].map(async (name) => signIn(system.api(), await signUp(system.api(), name))),
  );
  if (!ann || !bob) throw new Error('nobody there');
  const { id } = await makeChannel({ name: `room ${ann.username}`, owner: ann, others: [bob] });
  return { id, ann, bob, owners: await everywhere(ann), members: await everywhere(bob) };
}

const hangUp = (sockets: readonly Socket[]) => Promise.all(sockets.map((socket) => socket.close()));
const said = (socket: Socket) => socket.kept.filter(({ event }) => event === 'message.new');
const at = <T extends object>(coming: Promise<T>) => coming.then((payload) => ({ ...payload, at: performance.now() }));

describe('membership ends on every gateway within a second of being persisted', () => {
  it.each(['removed', 'leaving'])('of who is %s: they are told, and get nothing of what comes after', async (how) => {
    const { id, ann, bob, owners, members } = await aChannel();
    const left = members.map((socket) => at(socket.next('channel.left')));
    const end = () =>
      how === 'removed'
        ? ann.rest.call(z.unknown(), 'DELETE', `/channels/${id}/members/${bob.id}`)
        : bob.rest.call(z.unknown(), 'POST', `/channels/${id}/leave`);
    await within(how === 'removed' ? 'removal' : 'leaving', end, left);
    await queueByRest(ann.rest, draft(id, 'without bob'));
    await Promise.all(owners.map((socket) => socket.next('message.new')));
    await alive(members); // whatever came before the pong is here
    expect(members.flatMap(said)).toEqual([]);
    for (const socket of members) {
      expect(await socket.ask('message.send', { ...draft(id, 'still here?') })).toMatchObject({ payload: { code: 'NOT_FOUND' } });
    }
    await hangUp([...owners, ...members]);
  });

  it('of all, when a channel is archived: it takes no more', async () => {
    const { id, ann, bob, owners, members } = await aChannel();
    const archived = ({ changes }: ServerPayload<'channel.changed'>) => changes.some(({ kind }) => kind === 'archived');
    const told = [...owners, ...members].map((socket) => at(socket.next('channel.changed', archived)));
    await within('archiving', () => ann.rest.call(z.unknown(), 'DELETE', `/channels/${id}`), told);
    const results = members.map((socket) => {
      const message = draft(id, 'too late');
      socket.send('message.send', { ...message });
      return socket.next('message.result', ({ messageId }) => messageId === message.messageId);
    });
    for (const result of await Promise.all(results)) expect(result.status).toBe('failed');
    await expect(
      bob.rest.call(z.unknown(), 'POST', `/channels/${id}/messages`, {
        body: { messageId: draft(id, '').messageId, text: 'too late', clientTs: 0 },
        headers: { prefer: 'wait=5' },
      }),
    ).rejects.toMatchObject({ status: 422 });
    await alive(owners);
    expect([...owners, ...members].flatMap(said)).toEqual([]);
    await hangUp([...owners, ...members]);
  });
});

it('delivers nothing more, once its broken link is back, to whose session or membership ended meanwhile', async () => {
  const { id, ann, bob, owners, members } = await aChannel();
  const eve = await signIn(system.api(), await signUp(system.api(), 'eve'));
  await ann.rest.call(z.unknown(), 'POST', `/channels/${id}/members`, { body: { userId: eve.id } });
  const { socket: removed } = await Socket.connect(system.gateway(2), eve.accessToken);
  const [staying, leaving] = [owners[2], members[2]];
  if (!staying || !leaving) throw new Error('no socket at the last gateway');

  await proxy.refuse();
  await bob.rest.call(z.null(), 'POST', '/auth/logout');
  await ann.rest.call(z.unknown(), 'DELETE', `/channels/${id}/members/${eve.id}`);
  await queueByRest(ann.rest, draft(id, 'for ann alone'));
  await owners[0]?.next('message.new');
  await proxy.accept();

  expect(await leaving.closed).toMatchObject({ code: 4403 });
  await removed.next('channel.left');
  await staying.next('message.new');
  await alive([removed]);
  expect([leaving, removed].flatMap(said)).toEqual([]);
  await hangUp([...owners, removed]);
}, 30_000);

it('goes on refusing what was revoked when Redis has lost its data', async () => {
  const account = await signUp(system.api(), 'ann');
  const [own, other] = [await signIn(system.api(), account), await signIn(system.api(), account)];
  const held = await everywhere(other);
  await own.rest.call(z.null(), 'POST', '/auth/logout');
  const redis = new Redis(server.url);
  try {
    await redis.flushall();
    await expectRefused(own.accessToken);
    await alive(held);
    // Gateways are not to be had for a moment: that is no way in either.
    for (const i of gateways) {
      await eventually(() => expect(Socket.connect(system.gateway(i), own.accessToken)).rejects.toThrow('with 4403'));
    }
    await redis.flushall();
    await expectRefused(own.accessToken);
    await eventually(() => other.rest.call(z.unknown(), 'POST', '/auth/ws-ticket'));
    await hangUp(held);
  } finally {
    redis.disconnect();
  }
}, 30_000);
