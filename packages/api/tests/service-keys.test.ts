import { randomUUID } from 'node:crypto';
import { eventually, startProxy, testMongoUrl, testRedisUrl, type TcpProxy } from '@storm/devstack/testing';
import { createLogger } from '@storm/shared/node';
import { KeyScope, serviceScopes, type Channel, type Message, type User } from '@storm/shared/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import request from 'supertest';
import { operations, type Operation } from '../src/index.js';
import { may, permissions } from '../src/permissions.js';
import { bodyOf, dataOf, Rig, type Account, type Answer } from './support/rig.js';

let rig: Rig;
/** Another api of the same deployment: it counts requests, and its Redis can be taken away. */
let other: Rig;
let proxy: TcpProxy;
let root: Account, ann: Account;
let clock = Date.now();
const lines: string[] = [];
const log = createLogger('api', 'trace', { write: (line: string) => void lines.push(line) });
const asked: string[] = [];
const answered: string[] = [];

beforeAll(async () => {
  const url = new URL(testMongoUrl());
  url.searchParams.set('monitorCommands', 'true');
  rig = await Rig.start({ env: { MONGO_URL: url.href }, overrides: { now: () => clock, log } });
  rig.context.store.connection.getClient().on('commandStarted', ({ commandName, command }) => {
    asked.push(`${commandName} ${String((command as Record<string, unknown>)[commandName])}`);
  });
  const { hostname: host, port } = new URL(testRedisUrl());
  proxy = await startProxy({ target: { host, port: Number(port) } });
  const env = { ...rig.env, REDIS_URL: `redis://${proxy.host}:${proxy.port}`, RATE_LIMITS: 'on', LIMIT_SERVICE_PER_HOUR: '20' };
  other = await Rig.start({ env, worker: false, overrides: { now: () => clock, log } });
  [root, ann] = [await rig.account('admin'), await rig.account()];
});
afterAll(async () => {
  await other.api.stop();
  await rig.stop();
  await proxy.stop();
});

interface Key {
  id: string;
  name: string;
  scopes: string[];
  actsFor: string[] | null;
  createdBy: string;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
}
interface NewKey extends Key {
  key: string;
}
const made: string[] = [];
const make = (body: object) => rig.call('post', '/admin/service-keys', root).send({ name: 'a program', ...body });
async function newKey(scopes: readonly string[], body: object = {}): Promise<NewKey> {
  const key = dataOf<NewKey>(await make({ scopes, ...body }).expect(201));
  made.push(key.key);
  return key;
}
const list = async () => dataOf<Key[]>(await rig.call('get', '/admin/service-keys?limit=100', root).expect(200));
const listed = async (id: string) => (await list()).find((key) => key.id === id);
const revoke = (id: string) => rig.call('delete', `/admin/service-keys/${id}`, root);

type Method = Operation['method'];
/** A call by a program, for a user if one is named. */
function call(method: Method, path: string, { key }: Pick<NewKey, 'key'>, userId?: string, at = rig) {
  const test = at.call(method, path, { accessToken: key });
  test.on('response', ({ text }: { text: string }) => answered.push(text));
  return userId === undefined ? test : test.set('x-storm-act-as', userId);
}

describe('a service key', () => {
  it('is shown once and stored as a hash alone', async () => {
    const { key, ...shown } = await newKey(['users:read'], { name: 'ci', expiresAt: '2100-01-01T00:00:00Z' });
    expect(key).toMatch(/^storm_k[\w-]{22}_[\w-]{43}$/);
    const wanted = { name: 'ci', scopes: ['users:read'], actsFor: null, createdBy: root.user.id, revokedAt: null };
    expect(shown).toMatchObject({ ...wanted, expiresAt: '2100-01-01T00:00:00.000Z', lastUsedAt: null });
    expect(await listed(shown.id)).toEqual(shown);
    const stored = await rig.context.store.serviceKeys.byId(shown.id);
    expect(stored?.secretHash).toHaveLength(32);
    expect(JSON.stringify([stored, await list()])).not.toContain(key.slice(-43));
  });

  it.each([
    ['an end that is past', { scopes: ['users:read'], expiresAt: '2020-01-01T00:00:00Z' }],
    ['no scope', { scopes: [] }],
    ['a scope that is none', { scopes: ['everything'] }],
    ['a scope twice', { scopes: ['users:read', 'users:read'] }],
    ['a scope to act without act-as', { scopes: ['messages:send'] }],
    ['users to act for without act-as', { scopes: ['users:read'], actsFor: [`u${'A'.repeat(22)}`] }],
    ['nobody to act for', { scopes: ['act-as'], actsFor: [] }],
  ])('is not made with %s', async (_what, body) => void (await make(body).expect(400)));

  it('tells when it was last used, to the minute', async () => {
    const key = await newKey(['users:read']);
    const use = async () => {
      await call('get', '/users/search?q=a', key).expect(200);
      return new Date(clock).toISOString();
    };
    const first = await use();
    await eventually(async () => (await listed(key.id))?.lastUsedAt === first);
    clock += 50_000;
    await use();
    clock += 11_000;
    const next = await use();
    await eventually(async () => (await listed(key.id))?.lastUsedAt === next);
  });

  it('is refused at every api within a second after it was revoked, and stays listed', async () => {
    const key = await newKey(['users:read']);
    for (const at of [rig, other]) await call('get', '/users/search?q=a', key, undefined, at).expect(200);
    await revoke(key.id).expect(200);
    const revoked = performance.now();
    await call('get', '/users/search?q=a', key).expect(401);
    await eventually(async () => (await call('get', '/users/search?q=a', key, undefined, other)).status === 401);
    expect(performance.now() - revoked).toBeLessThan(1_000);
    expect((await listed(key.id))?.revokedAt).not.toBeNull();
    await revoke(key.id).expect(200);
    await revoke(`k${'A'.repeat(22)}`).expect(404);
  });

  it('counts requests by itself, whatever they are and for whomever', async () => {
    const key = await newKey(['users:read', 'messages:read', 'act-as']);
    const path = `/channels/c${'A'.repeat(22)}/messages`;
    const calls = Array.from({ length: 20 }, (_, i) =>
      i % 2 ? call('get', '/users/search?q=a', key, undefined, other) : call('get', path, key, ann.user.id, other),
    );
    for (const { status, headers } of await Promise.all(calls)) {
      expect(status).not.toBe(429);
      expect(headers['ratelimit-policy']).toBe('"service";q=20;w=3600');
    }
    await call('get', '/users/search?q=a', key, undefined, other).expect(429);
    await call('get', '/users/search?q=a', await newKey(['users:read']), undefined, other).expect(200);
  });
});

describe('what is no good key', () => {
  const refusals = new Set<string>();
  const refused = async (key: string) => {
    const response = await call('get', '/users/search?q=a', { key }).expect(401).expect('www-authenticate', 'Bearer');
    const { success, error } = response.body as Answer<unknown>;
    refusals.add(JSON.stringify({ success, error }));
  };

  it('is refused in the same words whatever is wrong with it', async () => {
    const [good, gone, late] = [
      await newKey(['users:read']),
      await newKey(['users:read']),
      await newKey(['users:read'], { expiresAt: new Date(clock + 1_000).toISOString() }),
    ];
    await call('get', '/users/search?q=a', late).expect(200);
    clock += 1_000;
    await revoke(gone.id).expect(200);
    for (const key of [gone.key, late.key, good.key.replace(good.id, gone.id), good.key.replace(good.id, `k${'A'.repeat(22)}`)])
      await refused(key);
    await refused('eyJhbGciOiJub25lIn0.e30.');
    await refused('storm_garbage');
    expect(refusals.size).toBe(1);
    await call('get', '/users/search?q=a', good).expect(200);
  });

  it('is not looked up unless it has the form of a key', async () => {
    const { key } = await newKey(['users:read']);
    const lookUps = () => asked.filter((command) => command === 'find servicekeys').length;
    const before = lookUps();
    for (const text of [
      'storm_',
      'storm_x',
      `${key}x`,
      key.slice(0, -1),
      key.replace('_k', '_u'),
      key.replace('storm_', 'storm-'),
    ])
      await refused(text);
    expect(lookUps()).toBe(before);
    await refused(`${key.slice(0, -43)}${'A'.repeat(43)}`);
    expect(lookUps()).toBe(before + 1);
  });
});

describe('scopes', () => {
  const needsIdentity = operations.filter(({ permission }) => permissions[permission] !== 'anyone');
  const pathOf = ({ path }: Operation) =>
    path.replace(/:(\w)\w*/g, (_, letter: string) => (letter === 'd' ? 'A'.repeat(43) : letter + 'A'.repeat(22)));

  it('serve the operations that name them; no other takes a key', async () => {
    const whole = await newKey(KeyScope.options);
    const without = new Map<string, NewKey>();
    for (const scope of Object.keys(serviceScopes))
      without.set(scope, await newKey(KeyScope.options.filter((one) => one !== scope)));
    const calls = needsIdentity.map(async (operation) => {
      const { method, services } = operation;
      const key = (services !== undefined && without.get(services)) || whole;
      const { status } = await call(method, pathOf(operation), key, ann.user.id);
      return [`${method} ${operation.path}`, status];
    });
    expect((await Promise.all(calls)).filter(([, status]) => status !== 403)).toEqual([]);
    expect(needsIdentity.filter(({ services }) => services === undefined).length).toBeGreaterThan(20);
  });

  it('that act for users are on what every user may do', () => {
    for (const { services, permission, path } of operations) {
      if (services === undefined || serviceScopes[services] === 'itself') continue;
      expect(may('member', permission), path).toBe(true);
    }
  });

  it('let a program read users, but not their addresses', async () => {
    const key = await newKey(['users:read']);
    const users = [
      ...dataOf<User[]>(await call('get', '/users?limit=100', key).expect(200)),
      ...dataOf<User[]>(await call('get', `/users?ids=${ann.user.id}`, key).expect(200)),
      dataOf<User>(await call('get', `/users/${ann.user.id}`, key).expect(200)),
    ];
    expect(users.filter(({ id }) => id === ann.user.id)).toHaveLength(3);
    expect(users.every((user) => !('email' in user))).toBe(true);
  });

  it('let a program read the audit log', async () => {
    const key = await newKey(['admin:read']);
    const query = `actor=${root.user.id}&action=service-key-created`;
    expect(dataOf<unknown[]>(await call('get', `/admin/audit?${query}`, key).expect(200))[0]).toMatchObject({ target: key.id });
    await call('get', '/admin/dead-letters', key).expect(200);
  });
});

describe('a program that acts for a user', () => {
  const scopes = ['channels:read', 'channels:write', 'messages:read', 'messages:send', 'act-as'];

  it('does what that user may do, in their name', async () => {
    const key = await newKey(scopes);
    const body = { name: `room ${randomUUID().slice(0, 8)}`, type: 'private' };
    const channel = dataOf<Channel>(await call('post', '/channels', key, ann.user.id).send(body).expect(201));
    expect(channel.createdBy).toBe(ann.user.id);
    const text = { messageId: randomUUID(), text: 'deployed', clientTs: clock };
    const path = `/channels/${channel.id}/messages`;
    const message = dataOf<Message>(await call('post', path, key, ann.user.id).set('prefer', 'wait=5').send(text).expect(201));
    expect(message).toMatchObject({ senderId: ann.user.id, text: 'deployed' });
    expect(dataOf<Message[]>(await call('get', path, key, ann.user.id).expect(200))).toHaveLength(1);
    const mine = dataOf<Channel[]>(await call('get', '/channels', key, ann.user.id).expect(200));
    expect(mine.map(({ id }) => id)).toContain(channel.id);

    const bob = await rig.account();
    await call('get', path, key, bob.user.id).expect(404);
    await call('get', `/channels/${channel.id}`, key, bob.user.id).expect(404);
    const uses = async () => {
      const entries = await rig.context.store.audit.search({ filter: { actor: key.id }, limit: 100 });
      return entries.map(({ action, target }) => `${action} ${target}`).sort();
    };
    await expect.poll(uses).toEqual([ann, bob].map(({ user }) => `service-key-used ${user.id}`).sort());
  });

  it('must name them', async () => {
    const key = await newKey(scopes);
    for (const userId of [undefined, 'ann', ''])
      expect(bodyOf(await call('get', '/channels', key, userId).expect(400)).error.message).toContain('X-Storm-Act-As');
  });

  it('acts for nobody else: not beyond its list, nor for admins, moderators, and who is gone', async () => {
    const gone = await rig.account();
    await rig.context.store.users.changeAccess(gone.user.id, { isActive: false });
    const [any, bound] = [await newKey(scopes), await newKey(scopes, { actsFor: [ann.user.id] })];
    await call('get', '/channels', bound, ann.user.id).expect(200);
    const bob = await rig.account();
    await call('get', '/channels', any, bob.user.id).expect(200);
    const refused = [
      [bound, bob.user.id],
      [any, root.user.id],
      [any, (await rig.account('moderator')).user.id],
      [any, gone.user.id],
      [any, `u${'A'.repeat(22)}`],
    ] as const;
    const errors = await Promise.all(
      refused.map(async ([key, userId]) => bodyOf(await call('get', '/channels', key, userId).expect(403)).error),
    );
    expect(new Set(errors.map((error) => JSON.stringify(error))).size).toBe(1);
  });

  it('is not what a user’s token can be', async () => {
    const mine = await rig.call('get', '/channels', ann).set('x-storm-act-as', root.user.id).expect(200);
    expect(dataOf<Channel[]>(mine).length).toBeGreaterThan(0);
    expect(dataOf<User>(await rig.call('get', '/users/me', ann).set('x-storm-act-as', root.user.id)).id).toBe(ann.user.id);
  });
});

it('goes on reading without Redis, and changes nothing', async () => {
  const key = await newKey(['users:read', 'channels:write', 'act-as']);
  await call('get', '/users/search?q=a', key, undefined, other).expect(200);
  await proxy.refuse();
  try {
    await eventually(() => other.context.redis.status !== 'ready');
    await call('get', '/users/search?q=a', key, undefined, other).expect(200);
    await call('post', '/channels', key, ann.user.id, other).send({ name: 'a room' }).expect(503);
    await revoke(key.id).expect(200);
    await eventually(async () => (await call('get', '/users/search?q=a', key, undefined, other)).status === 401);
  } finally {
    await proxy.accept();
  }
});

it('shows in no log line, no metric and no answer but the first', async () => {
  const metrics = [rig, other].map(async ({ url }) => (await request(url).get('/metrics')).text);
  const shown = [...lines, ...answered, ...(await Promise.all(metrics))].join('\n');
  expect(shown).toContain('/api/v1/users/search');
  expect(made.length).toBeGreaterThan(20);
  for (const key of made) expect(shown).not.toContain(key.slice(-43));
});
