import { eventually, testMongoUrl } from '@storm/devstack/testing';
import type { ControlEvent } from '@storm/shared/contracts';
import { newSessionId } from '@storm/shared/contracts';
import { limits, type Tokens } from '@storm/shared/protocol';
import {
  connectRedis,
  createLogger,
  leewayMaxSeconds,
  openControl,
  redisReady,
  verifyAccessToken,
  type Redis,
} from '@storm/shared/node';
import type { Session } from '@storm/store';
import { createHash } from 'node:crypto';
import request, { type Test } from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { createApi, createContext, readConfig } from '../src/index.js';
import { bodyOf, dataOf, password, Rig, type Account } from './support/rig.js';

type Fresh = z.infer<typeof Tokens>;

const day = 24 * 60 * 60 * 1_000;
/** How far the clock of both apis is ahead, in milliseconds. */
let ahead = 0;
const now = () => Date.now() + ahead;

let rig: Rig;
/** A second api on the same Redis and MongoDB. */
let peer: ReturnType<typeof createApi>;
let redis: Redis;

beforeAll(async () => {
  const mongo = new URL(testMongoUrl());
  mongo.searchParams.set('monitorCommands', 'true');
  rig = await Rig.start({ env: { MONGO_URL: mongo.href }, overrides: { now }, worker: false });
  const context = createContext(readConfig(rig.env), { now });
  peer = createApi(context);
  await peer.start();
  await eventually(() => context.schema.ready);
  redis = connectRedis(rig.env['REDIS_URL'] ?? '', 'consumer', createLogger('test', 'silent'));
  await redisReady(redis);
});
afterEach(() => {
  ahead = 0;
});
afterAll(async () => {
  redis?.disconnect();
  await peer?.stop();
  await rig.stop();
});

const urls = () => [rig.url, `http://127.0.0.1:${peer.port}`];
const call = (url: string, method: 'get' | 'post', path: string, { accessToken }: Pick<Account, 'accessToken'>): Test =>
  request(url)[method](`/api/v1${path}`).set('authorization', `Bearer ${accessToken}`);

const refresh = (refreshToken: string, url = rig.url): Test => request(url).post('/api/v1/auth/refresh').send({ refreshToken });
const renewed = async (refreshToken: string): Promise<Fresh> => dataOf(await refresh(refreshToken).expect(200));

const logIn = async ({ user }: Account): Promise<Account> =>
  dataOf(await rig.call('post', '/auth/login').send({ username: user.username, password }).expect(200));

const sessionIdOf = ({ refreshToken }: Fresh | Account): string => refreshToken.split('.')[0] ?? '';
const secretOf = ({ refreshToken }: Fresh | Account): string => refreshToken.split('.')[2] ?? '';
const rowOf = (tokens: Fresh | Account): Promise<Session | null> => rig.context.store.sessions.byId(sessionIdOf(tokens));
const openOf = async ({ user }: Account) => (await rig.context.store.sessions.listOf(user.id)).map(({ _id }) => _id);

/** By both apis, at once, for what reads and what writes. */
async function expectRefused(tokens: Pick<Account, 'accessToken'>): Promise<void> {
  const calls = urls().flatMap((url) => [
    call(url, 'get', '/auth/profile', tokens).expect(401),
    call(url, 'post', '/auth/ws-ticket', tokens).expect(401),
  ]);
  await Promise.all(calls);
}

async function expectHeld(tokens: Pick<Account, 'accessToken'>): Promise<void> {
  await Promise.all(urls().map((url) => call(url, 'post', '/auth/ws-ticket', tokens).expect(201)));
}

/** What gateways are told of a user while `work` runs. */
async function toldOf(userId: string, work: () => Promise<unknown>): Promise<ControlEvent[]> {
  const listener = redis.duplicate();
  const events: ControlEvent[] = [];
  const name = rig.context.names.user(userId);
  listener.on('messageBuffer', (_channel, message) => {
    events.push(openControl(message, userId, rig.context.config.INTAKE_SECRETS));
  });
  await listener.subscribe(name);
  await work();
  await listener.unsubscribe(name); // what was published before it is here
  listener.disconnect();
  return events;
}

describe('a refresh token', () => {
  it.each([20, 50])('presented %i times at once, at two apis, leaves one session and one live token', async (times) => {
    const account = await rig.register();
    const answers = await Promise.all(
      Array.from({ length: times }, (_, i) => refresh(account.refreshToken, urls()[i % 2]).expect(200)),
    );
    const successors = new Set(answers.map((answer) => dataOf<Fresh>(answer).refreshToken));
    expect(successors.size).toBe(1);
    const [refreshToken = ''] = successors;
    expect(await openOf(account)).toEqual([sessionIdOf(account)]);
    expect(await rowOf(account)).toMatchObject({ generation: 2, revokedAt: null });
    for (const answer of answers.slice(0, 2)) await expectHeld(dataOf<Fresh>(answer));
    expect((await renewed(refreshToken)).refreshToken).not.toBe(refreshToken);
  });

  it('gets the same successor for ten seconds: two tabs wake up at once', async () => {
    const account = await rig.register();
    const first = await renewed(account.refreshToken);
    ahead = 9_000;
    expect((await renewed(account.refreshToken)).refreshToken).toBe(first.refreshToken);
    await expectHeld(first);
    expect((await renewed(first.refreshToken)).refreshToken).not.toBe(first.refreshToken);
  });

  it.each([
    {
      when: 'ten seconds after it was used',
      use: async (account: Account) => {
        const last = await renewed(account.refreshToken);
        ahead = 10_100;
        return last;
      },
    },
    {
      when: 'at once after its successor was used',
      use: async (account: Account) => renewed((await renewed(account.refreshToken)).refreshToken),
    },
  ])('that comes back $when ends its session, which gateways are told', async ({ use }) => {
    const account = await rig.register();
    const other = await logIn(account);
    const last = await use(account);
    const events = await toldOf(account.user.id, () => refresh(account.refreshToken).expect(401));
    expect(events).toEqual([{ kind: 'session-ended', userId: account.user.id, sid: sessionIdOf(account) }]);
    expect(await openOf(account)).toEqual([sessionIdOf(other)]);
    await expectRefused(last);
    await expectRefused(account);
    await refresh(last.refreshToken).expect(401);
    await expectHeld(other);
  });

  it('that is none of ours is refused without a question to the database', async () => {
    const account = await rig.register();
    const [session = '', generation = '', secret = '', kid = '', mac = ''] = account.refreshToken.split('.');
    const flipped = `${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`;
    const garbage = [
      'x',
      '....',
      account.accessToken,
      account.refreshToken.slice(0, -1),
      account.refreshToken.slice(0, account.refreshToken.lastIndexOf('.')),
      [session, generation, secret, kid, flipped].join('.'),
      [session, '2', secret, kid, mac].join('.'),
      [newSessionId(), generation, secret, kid, mac].join('.'),
      [session, generation, secret.slice(1), kid, mac].join('.'),
      [session, generation, secret, 'r2', mac].join('.'),
      `${account.refreshToken}.`,
    ];
    const bodies: unknown[] = [];
    const asked = await commandsOf(async () => {
      for (const token of garbage) bodies.push(bodyOf(await refresh(token).expect(401)).error);
    });
    expect(asked).toEqual([]);
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(await commandsOf(() => renewed(account.refreshToken))).toContain('find sessions'); // it would have shown
  });

  it('is kept as a hash alone: nothing that is stored anywhere opens a session', async () => {
    const account = await rig.register();
    const next = await renewed(account.refreshToken);
    const row = await rowOf(next);
    expect(row?.tokenHash).toBe(createHash('sha256').update(secretOf(next)).digest('base64url'));
    const { db } = rig.context.store.connection;
    const documents: unknown[] = [];
    for (const { name } of (await db?.listCollections().toArray()) ?? []) {
      documents.push(await db?.collection(name).find({}).toArray());
    }
    const keys = await redis.keys(`${rig.context.names.namespace}:*`);
    const values = await Promise.all(keys.map(async (key) => [key, await redis.dump(key)]));
    const stored = JSON.stringify([documents, values]);
    expect(stored).toContain(row?.tokenHash);
    for (const { accessToken, refreshToken } of [account, next]) {
      const [, , secret = '', , mac = ''] = refreshToken.split('.');
      for (const part of [secret, mac, accessToken]) expect(stored).not.toContain(part);
    }
  });

  it('is good for seven days, counted anew with each use', async () => {
    const account = await rig.register();
    ahead = 6 * day;
    const second = await renewed(account.refreshToken);
    ahead = 12 * day;
    const third = await renewed(second.refreshToken);
    ahead = 19 * day + 1;
    expect(await toldOf(account.user.id, () => refresh(third.refreshToken).expect(401))).toEqual([]);
  });

  it('lets no session last longer than thirty days, nor an access token longer than its session', async () => {
    const account = await rig.register();
    let tokens: Fresh = { ...account, expiresIn: 0 };
    for (const days of [6, 12, 18, 24, 29]) {
      ahead = days * day;
      tokens = await renewed(tokens.refreshToken);
    }
    const row = await rowOf(account);
    expect(row?.expiresAt.getTime()).toBe((row?.createdAt.getTime() ?? 0) + 30 * day);
    ahead = 30 * day - 60_000;
    const last = await renewed(tokens.refreshToken);
    expect(last.expiresIn).toBeLessThanOrEqual(60);
    await call(rig.url, 'get', '/auth/profile', last).expect(200);
    ahead = 30 * day + (leewayMaxSeconds + 1) * 1_000;
    await refresh(last.refreshToken).expect(401);
    await call(rig.url, 'get', '/auth/profile', last).expect(401);
  });
});

describe('sessions', () => {
  it('say where somebody is signed in, and nothing that would sign anybody in', async () => {
    const account = await rig.register();
    const other = dataOf<Account>(
      await rig
        .call('post', '/auth/login')
        .set('user-agent', 'a phone')
        .send({ username: account.user.username, password })
        .expect(200),
    );
    const response = await rig.call('get', '/auth/sessions', account).expect(200);
    const list = dataOf<Record<string, unknown>[]>(response);
    expect(list).toHaveLength(2);
    const about = { address: expect.any(String) as string, createdAt: expect.any(String) as string };
    expect(list).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: sessionIdOf(account), current: true, ...about }),
        expect.objectContaining({ id: sessionIdOf(other), current: false, device: 'a phone', ...about }),
      ]),
    );
    expect(response.text).not.toContain((await rowOf(account))?.tokenHash);
  });

  it('end one at a time, which the other api knows at once', async () => {
    const account = await rig.register();
    const other = await logIn(account);
    await rig.call('delete', `/auth/sessions/${sessionIdOf(other)}`, account).expect(200);
    await expectRefused(other);
    await refresh(other.refreshToken).expect(401);
    await expectHeld(account);
    await rig.call('post', '/auth/logout', account).expect(200);
    await expectRefused(account);
    expect(await openOf(account)).toEqual([]);
  });

  it('end all at once', async () => {
    const account = await rig.register();
    const all = [account, await logIn(account), await logIn(account)];
    const events = await toldOf(account.user.id, () => rig.call('post', '/auth/logout-all', account).expect(200));
    expect(events.map((event) => event.kind === 'session-ended' && event.sid).toSorted()).toEqual(
      all.map(sessionIdOf).toSorted(),
    );
    for (const tokens of all) await expectRefused(tokens);
    expect(await openOf(account)).toEqual([]);
  });

  it('end with a new password, but for the one that set it', async () => {
    const account = await rig.register();
    const other = await logIn(account);
    const body = { currentPassword: password, newPassword: 'Another-1!ptarmigan' };
    const asked = await commandsOf(() => rig.call('put', '/users/me/password', account).send(body).expect(200));
    const [ended, replaced] = ['update sessions', 'update users'].map((command) => asked.indexOf(command));
    expect(ended).toBeGreaterThanOrEqual(0);
    expect(ended).toBeLessThan(replaced ?? -1); // an api that dies half-way leaves nobody signed in by the old one
    await expectRefused(other);
    await refresh(other.refreshToken).expect(401);
    await expectHeld(account);
    await renewed(account.refreshToken);
  });

  it("of others can't be ended, nor told from ones that never were", async () => {
    const [ann, bob] = [await rig.register(), await rig.register()];
    const answers = [sessionIdOf(bob), newSessionId()].map((id) => rig.call('delete', `/auth/sessions/${id}`, ann).expect(404));
    const [theirs, unknown] = (await Promise.all(answers)).map((answer) => bodyOf(answer).error);
    expect(theirs).toEqual(unknown);
    await expectHeld(bob);
  });

  it('are a hundred of one user at most: the one used longest ago gives way, however many begin at once', async () => {
    const account = await rig.register();
    const since = Date.now() - day;
    const rows = Array.from({ length: limits.sessionsPerUser - 1 }, (_, i): Session => {
      const at = new Date(since + i * 1_000);
      const where = { device: null, address: null };
      const times = { createdAt: at, lastUsedAt: at, expiresAt: new Date(Date.now() + day), revokedAt: null };
      return { _id: newSessionId(), userId: account.user.id, generation: 1, tokenHash: 'x', ...where, ...times };
    });
    await rig.context.store.models.sessions.insertMany(rows.toReversed());
    const [oldest, second, third] = rows.map(({ _id }) => _id);
    const open = async () =>
      new Set(await rig.context.store.models.sessions.distinct('_id', { revokedAt: null, userId: account.user.id }));

    const events = await toldOf(account.user.id, () => logIn(account));
    expect(events).toEqual([{ kind: 'session-ended', userId: account.user.id, sid: oldest }]);
    const before = await open();
    expect([before.size, before.has(oldest ?? ''), before.has(second ?? '')]).toEqual([limits.sessionsPerUser, false, true]);

    const began = await Promise.all(Array.from({ length: 5 }, () => logIn(account)));
    const after = await open();
    expect([after.size, after.has(second ?? ''), after.has(third ?? '')]).toEqual([limits.sessionsPerUser, false, false]);
    for (const tokens of began) await expectHeld(tokens);
  });
});

describe('whatever happens at the same moment', () => {
  const granted = (answers: readonly { status: number; body: unknown }[]) =>
    answers.filter(({ status }) => status === 200).map(({ body }) => (body as { data: Fresh }).data);
  const logIns = ({ user }: Account) =>
    Array.from({ length: 8 }, (_, i) =>
      request(urls()[i % 2] ?? '')
        .post('/api/v1/auth/login')
        .send({ username: user.username, password }),
    );

  it('a session that ends leaves no token behind that is good for anything', async () => {
    const account = await rig.register();
    const ending = rig.call('post', '/auth/logout', account).expect(200);
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, (_, i) => refresh(account.refreshToken, urls()[i % 2])),
      ending,
    ]);
    await expectRefused(account);
    for (const tokens of granted(answers.slice(0, -1))) {
      await expectRefused(tokens);
      await refresh(tokens.refreshToken).expect(401);
    }
  });

  it('a used refresh token ends its session also while its owner goes on', async () => {
    const account = await rig.register();
    const current = await renewed((await renewed(account.refreshToken)).refreshToken);
    const [, , ...answers] = await Promise.all([
      refresh(account.refreshToken).expect(401),
      refresh(account.refreshToken, urls()[1]).expect(401),
      ...urls().map((url) => refresh(current.refreshToken, url)),
    ]);
    expect(await openOf(account)).toEqual([]);
    for (const tokens of [current, ...granted(answers)]) await expectRefused(tokens);
  });

  it('nobody gets in by a password that was replaced', async () => {
    const account = await rig.register();
    const body = { currentPassword: password, newPassword: 'Another-1!ptarmigan' };
    const [answers] = await Promise.all([
      Promise.all(logIns(account)),
      rig.call('put', '/users/me/password', account).send(body).expect(200),
    ]);
    for (const tokens of granted(answers)) await expectRefused(tokens);
    expect(await openOf(account)).toEqual([sessionIdOf(account)]);
  });

  it('nobody gets in whose account is deactivated, nor with the role of before', async () => {
    const [gone, promoted] = [await rig.register(), await rig.register()];
    const { revoker } = rig.context;
    const [without, withOther] = await Promise.all([
      Promise.all(logIns(gone)),
      Promise.all(logIns(promoted)),
      revoker.changeAccess(gone.user.id, { isActive: false }),
      revoker.changeAccess(promoted.user.id, { role: 'moderator' }),
    ]);
    for (const tokens of granted(without)) await expectRefused(tokens);
    for (const tokens of granted(withOther)) {
      const { status } = await call(rig.url, 'post', '/auth/ws-ticket', tokens);
      expect([
        [201, 'moderator'],
        [401, 'member'],
      ]).toContainEqual([status, verifyAccessToken(tokens.accessToken, rig.context.tokens).role]);
    }
  });
});

/** The commands that the first api sends to MongoDB meanwhile, each with its collection, without its regular rounds. */
async function commandsOf(work: () => Promise<unknown>): Promise<string[]> {
  const names: string[] = [];
  const client = rig.context.store.connection.getClient();
  const listen = ({ commandName, command }: { commandName: string; command: Record<string, unknown> }) => {
    const { revokedAt, accessChangedAt } = (command['filter'] ?? {}) as Record<string, unknown>;
    if (!revokedAt && !accessChangedAt) names.push(`${commandName} ${String(command[commandName])}`);
  };
  client.on('commandStarted', listen);
  try {
    await work();
  } finally {
    client.off('commandStarted', listen);
  }
  return names;
}
