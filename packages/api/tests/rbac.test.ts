import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { channelIdOf, type ChangeBody } from '@storm/shared/contracts';
import { serviceScopes, type ServiceScope } from '@storm/shared/protocol';
import type { Express } from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../src/app.js';
import { operations, type Operation } from '../src/index.js';
import { may, permissions } from '../src/permissions.js';
import { bodyOf, dataOf, Rig, type Account } from './support/rig.js';
import type { Scene } from './support/samples.js';
import { callOf, nameOf, validRequest } from './support/valid-requests.js';
import { scopeOf, whoMayWhat, type ByStanding } from './support/who-may-what.js';

const parts = ['owner', 'channelModerator', 'channelMember', 'outsider', 'moderator', 'admin', 'target', 'newcomer'] as const;
type Part = (typeof parts)[number];
type ChannelType = 'public' | 'private';

let rig: Rig;
let cast: Record<Part, Account>;
/** Where nobody may do what they try: nothing there changes. */
let still: Record<ChannelType, Pick<Scene, 'channelId' | 'messageId'>>;

beforeAll(async () => {
  rig = await Rig.start();
  const accounts = parts.map(async (part) => {
    const role = part === 'admin' || part === 'moderator' ? part : 'member';
    return [part, await rig.account(role)] as const;
  });
  cast = Object.fromEntries(await Promise.all(accounts)) as Record<Part, Account>;
  still = { private: await stage('private'), public: await stage('public') };
});
afterAll(() => rig.stop());

/** A channel of the whole cast, with a message of the target's. Its changes go in one job: there are many channels to make. */
async function stage(type: ChannelType): Promise<Pick<Scene, 'channelId' | 'messageId'>> {
  const key = randomUUID();
  const channelId = channelIdOf(cast.owner.user.id, key);
  const submit = async (part: Part, body: ChangeBody, changeId: string = randomUUID()) => {
    const change = { channelId, changeId, senderId: cast[part].user.id, senderRole: 'member', wantsState: false, body } as const;
    const { id, verdict } = await rig.context.intake.submit(change);
    expect(await verdict).toMatchObject({ status: 'persisted' });
    return id;
  };
  const add = (part: Part, role: 'moderator' | 'member') => submit('owner', { kind: 'add', userId: cast[part].user.id, role });
  const [messageId] = await Promise.all([
    submit('owner', { kind: 'create', type, name: `room ${key}`, description: null }, key).then(() => ''),
    add('channelModerator', 'moderator'),
    add('channelMember', 'member'),
    add('target', 'member'),
    submit('target', { kind: 'message', text: 'text', threadId: null, clientTs: 0 }),
  ]).then((ids) => ids.slice(-1));
  return { channelId, messageId: messageId ?? '' };
}

/** Done, or the status: whatever is neither granted nor refused for who asks shows as what it is. */
async function outcome(operation: Operation, scene: Scene, account?: Account): Promise<'ok' | number> {
  const { status } = await callOf(operation, await validRequest(operation, scene, rig), rig, account);
  return status >= 200 && status < 300 ? 'ok' : status;
}

async function outcomesByRole(operation: Operation): Promise<Record<string, 'ok' | number>> {
  const callers = (['nobody', 'member', 'moderator', 'admin'] as const).map(async (caller) => {
    const account = await rig.account(caller === 'nobody' ? 'member' : caller);
    const scene = { account, other: await rig.account(), ...still.private };
    return [caller, await outcome(operation, scene, caller === 'nobody' ? undefined : account)];
  });
  return Object.fromEntries(await Promise.all(callers)) as Record<string, 'ok' | number>;
}

async function outcomesByStanding(operation: Operation, expected: ByStanding): Promise<Record<string, 'ok' | number>> {
  const other = nameOf(operation) === 'post /channels/:channelId/members' ? cast.newcomer : cast.target;
  const callers = (Object.keys(expected) as (keyof ByStanding)[]).map(async (standing) => {
    const type = standing.endsWith('OfPublic') ? 'public' : 'private';
    const account = standing === 'nobody' ? undefined : cast[standing.replace('OfPublic', '') as Part];
    const moves = expected[standing] === 'ok' && operation.method !== 'get';
    const scene = { ...(moves ? await stage(type) : still[type]), other, account: account ?? cast.owner };
    return [standing, await outcome(operation, scene, account)];
  });
  return Object.fromEntries(await Promise.all(callers)) as Record<string, 'ok' | number>;
}

it('has a row for every operation, and none for others', () => {
  expect(Object.keys(whoMayWhat).toSorted()).toEqual(operations.map(nameOf).toSorted());
  expect(new Set(operations.map(nameOf)).size).toBe(operations.length);
});

describe.each(operations.map((operation) => [nameOf(operation), operation] as const))('%s', (name, operation) => {
  it('is for whom its row says', async () => {
    const expected = whoMayWhat[name];
    if (!expected) throw new Error('there is no row for it');
    const byStanding = 'owner' in expected;
    expect(byStanding).toBe(operation.path.includes(':channelId'));
    expect(byStanding ? await outcomesByStanding(operation, expected) : await outcomesByRole(operation)).toEqual(expected);
  });
});

describe('a program with a key', () => {
  const scopes = Object.keys(serviceScopes) as ServiceScope[];
  /** Keys that have one scope each, and those that have all others. */
  const keys: Partial<Record<ServiceScope, { only: string; allBut: string }>> = {};
  let every: string;

  beforeAll(async () => {
    const make = async (wanted: readonly ServiceScope[]) => {
      const body = { name: 'a program', scopes: [...wanted, 'act-as'] };
      return dataOf<{ key: string }>(await rig.call('post', '/admin/service-keys', cast.admin).send(body).expect(201)).key;
    };
    every = await make(scopes);
    for (const scope of scopes)
      keys[scope] = { only: await make([scope]), allBut: await make(scopes.filter((other) => other !== scope)) };
  });

  /** All that asks for an identity: what is open is so in the same way to everybody. */
  const closed = operations.filter((operation) => new Set(Object.values(whoMayWhat[nameOf(operation)] ?? {})).size > 1);
  it.each(closed.map((operation) => [nameOf(operation), operation] as const))(
    'may %s by its scope alone',
    async (name, operation) => {
      const other = name === 'post /channels/:channelId/members' ? cast.newcomer : cast.target;
      const row = whoMayWhat[name] ?? {};
      // What not even an owner may do to another's message, its sender may.
      const actor = 'owner' in row && row.owner !== 'ok' ? cast.target : cast.owner;
      const attempt = async (accessToken: string, place = still.private) => {
        const request = await validRequest(operation, { ...place, other, account: await rig.account() }, rig);
        const { status } = await callOf(operation, request, rig, { accessToken }).set('x-storm-act-as', actor.user.id);
        return status >= 200 && status < 300 ? 'ok' : status;
      };
      const { only, allBut } = keys[scopeOf[name] as ServiceScope] ?? {};
      if (only === undefined || allBut === undefined) return expect(await attempt(every)).toBe(403);
      expect(await attempt(allBut)).toBe(403);
      expect(await attempt(only, operation.method === 'get' ? still.private : await stage('private'))).toBe('ok');
    },
  );

  it('finds in the table all that takes keys', () => {
    const served = operations.filter(({ services }) => services !== undefined).map(nameOf);
    expect(served.toSorted()).toEqual(Object.keys(scopeOf).toSorted());
  });
});

describe('what the api serves', () => {
  const routesOf = (stack: readonly Layer[]): string[] =>
    stack.flatMap(({ route, handle }) => [
      ...(route ? Object.keys(route.methods).map((method) => `${method} ${route.path}`) : []),
      ...(typeof handle === 'function' && 'stack' in handle ? routesOf(handle.stack as Layer[]) : []),
    ]);

  it('is the operations, the documentation, and what operators ask', async () => {
    const { router } = createApp(rig.context) as Express & { router: { stack: Layer[] } };
    const documentation = ['get /api/v1/openapi.json', 'get /api/v1/asyncapi.json', 'get /api/v1/docs'];
    expect(routesOf(router.stack).toSorted()).toEqual([...operations.map(nameOf), ...documentation].toSorted());
    for (const path of ['/health', '/readiness', '/metrics', '/api/v1/health', '/api/v1/readiness'])
      await request(rig.url).get(path).expect(200);
  });

  it.each(['/', '/api', '/api/v1', '/api/v1/', '/api/v1/metrics', '/api/v2/users/me', '/users/me', '/api/v1/../users/me'])(
    'is nothing at %s, whoever asks',
    async (path) => {
      const get = request(rig.url).get(path).set('authorization', `Bearer ${cast.admin.accessToken}`);
      expect(bodyOf(await get.expect(404)).error.code).toBe('NOT_FOUND');
    },
  );

  it('asks for an identity however its path is written, and for every method that it takes', async () => {
    const { channelId } = still.private;
    for (const path of [
      '/api/v1/users/me/',
      '/API/V1/users/me',
      '/api/v1/users/%6de',
      '//api/v1/users/me',
      '/api/v1//users/me',
      '/api/v1/./users/me',
      '/api/v1/auth/login/../../users/me',
      `/api/v1/channels/${channelId};a=b`,
      `/api/v1/channels/${channelId}%00`,
      `/api/v1/channels/${channelId}?permission=auth.enter`,
    ]) {
      // Written by hand: clients tidy paths up.
      const status = await new Promise<string>((resolve, reject) => {
        const socket = connect(rig.api.port, '127.0.0.1');
        socket.once('error', reject).once('data', (chunk) => {
          resolve(chunk.toString().slice(9, 12));
          socket.destroy();
        });
        socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
      });
      expect(['400', '401', '404'], path).toContain(status);
    }
    await request(rig.url).head('/api/v1/users/me').expect(401);
    await request(rig.url).head(`/api/v1/channels/${channelId}`).expect(401);
    const { headers, text } = await request(rig.url).options(`/api/v1/channels/${channelId}`);
    expect([headers['access-control-allow-origin'], text]).toEqual([undefined, '']);
  });

  it('goes by the method of the request line alone', async () => {
    const sneaky = rig.call('get', `/channels/${still.private.channelId}?_method=DELETE`, cast.owner);
    await sneaky.set('x-http-method-override', 'DELETE').set('x-method-override', 'DELETE').expect(400);
    const { channelId } = still.private;
    await rig.call('get', `/channels/${channelId}`, cast.owner).set('x-http-method-override', 'DELETE').expect(200);
    expect((await rig.context.store.channels.get(channelId))?.isArchived).toBe(false);
  });
});

it('has no permission that no operation asks for, and gives admins whatever anybody has', () => {
  const asked = new Set(operations.map(({ permission }) => permission));
  expect([...asked].toSorted()).toEqual(Object.keys(permissions).toSorted());
  for (const permission of asked) expect(may('admin', permission), permission).toBe(true);
});

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
  handle: unknown;
}
