import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, startProxy, startRedis, type RedisServer, type TcpProxy } from '@storm/devstack';
import { connectRedis, createLogger, openControl, redisReady, type Redis } from '@storm/shared/node';
import type { Test } from 'supertest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApi, createContext, readConfig } from '../src/index.js';
import { bodyOf, dataOf, password, Rig, type Account } from './support/rig.js';

const minute = 60_000;
/** How far the clock is ahead, in milliseconds. */
let ahead = 0;
/** Called with what the api is about to send to Redis; throwing breaks that connection. */
let onSending: (sent: string) => void = () => undefined;

const directory = mkdtempSync(join(tmpdir(), 'storm-'));
const redisOptions = { dir: directory, config: { appendonly: 'no' } };
let server: RedisServer;
let proxy: TcpProxy;
let rig: Rig;
let redis: Redis;
let account: Account, other: Account, admin: Account;

beforeAll(async () => {
  server = await startRedis(redisOptions);
  proxy = await startProxy({
    target: { host: '127.0.0.1', port: server.port },
    onData: (direction, chunk) => {
      if (direction === 'up') onSending(chunk.toString('latin1'));
    },
  });
  const env = { REDIS_URL: `redis://127.0.0.1:${proxy.port}` };
  rig = await Rig.start({ env, overrides: { now: () => Date.now() + ahead }, worker: false });
  redis = connectRedis(server.url, 'consumer', createLogger('test', 'silent'));
  await redisReady(redis);
  admin = await rig.admin();
});
beforeEach(async () => {
  account = await rig.register();
  other = await logIn(account);
});
afterEach(async () => {
  onSending = () => undefined;
  ahead = 0;
  await proxy.accept();
  await eventually(loaded);
});
afterAll(async () => {
  redis?.disconnect();
  await rig?.stop();
  await proxy?.stop();
  await server?.stop();
  rmSync(directory, { recursive: true });
});

const logIn = async ({ user }: Account): Promise<Account> =>
  dataOf(await rig.call('post', '/auth/login').send({ username: user.username, password }).expect(200));
const sessionIdOf = ({ refreshToken }: Account): string => refreshToken.split('.')[0] ?? '';
const reads = (tokens: Account): Test => rig.call('get', '/auth/profile', tokens);
const writes = (tokens: Account): Test => rig.call('post', '/auth/ws-ticket', tokens);

/** Is Redis believed, by the api that asks it through the proxy? */
async function loaded(): Promise<boolean> {
  const { names, redis: through } = rig.context;
  const life = /run_id:(\w+)/.exec(await through.info('server'))?.[1];
  return (await through.get(names.revocationsLoaded)) === life;
}

async function expectRefused(tokens: Account): Promise<true> {
  await reads(tokens).expect(401);
  await writes(tokens).expect(401);
  return true;
}

/** Kills Redis and starts it anew on the same port, with nothing in it. */
async function restart(): Promise<void> {
  const { port } = server;
  await server.crash();
  server = await startRedis({ ...redisOptions, port });
  await redisReady(redis);
}

describe('while Redis is away', () => {
  it('who holds a session reads on, and nobody else; whatever changes something is refused within a second', async () => {
    const deactivated = await rig.register();
    const promoted = await rig.register();
    await rig.call('post', '/auth/logout', other).expect(200);
    await rig.context.revoker.changeAccess(deactivated.user.id, { isActive: false });
    await rig.context.revoker.changeAccess(promoted.user.id, { role: 'moderator' });
    await proxy.refuse();

    await reads(account).expect(200);
    for (const gone of [other, deactivated, promoted]) await reads(gone).expect(401);
    for (const tokens of [account, other]) {
      const began = performance.now();
      const response = await writes(tokens).expect(503);
      expect(performance.now() - began).toBeLessThan(1_000);
      expect(bodyOf(response).error.code).toBe('UNAVAILABLE');
      expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
    }
  });

  it('what ends is stored, and refused at once; once Redis is back it is told, however long that took', async () => {
    await proxy.refuse();
    const end = rig.context.revoker.endSession({ _id: sessionIdOf(other), userId: other.user.id });
    await expect(end).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await reads(other).expect(401);
    ahead = 5 * minute; // Redis itself lived on: others see it as it was
    const events = await toldOf(account.user.id, () => proxy.accept());
    await eventually(() => expectRefused(other));
    expect(await events.first()).toEqual({ kind: 'session-ended', userId: other.user.id, sid: sessionIdOf(other) });
    await writes(account).expect(201);
  });
});

describe('gateways are told what ended', () => {
  it.each([1, 2])('also when the link breaks while it is noted (at write %i that names it)', async (write) => {
    const sid = sessionIdOf(other);
    let seen = 0;
    onSending = (sent) => {
      if (sent.includes(sid) && ++seen === write) throw new Error('cut');
    };
    const events = await toldOf(account.user.id, async () => {
      // Answered or not: it is stored.
      await rig.context.revoker.endSession({ _id: sid, userId: other.user.id }).catch(() => undefined);
    });
    expect(await events.first()).toEqual({ kind: 'session-ended', userId: other.user.id, sid });
    await expectRefused(other);
  });
});

describe('the same again, after an answer that left it open, ends access at once', () => {
  it.each([
    { what: 'ending all sessions', again: () => rig.call('delete', `/users/${account.user.id}/sessions`, admin) },
    { what: 'deactivating', again: () => rig.call('delete', `/users/${account.user.id}`, admin) },
    {
      what: 'changing a role',
      again: () => rig.call('patch', `/users/${account.user.id}`, admin).send({ role: 'moderator' }),
    },
  ])('$what', async ({ again }) => {
    const named = [account.user.id, sessionIdOf(account), sessionIdOf(other)];
    onSending = (sent) => {
      if (named.some((name) => sent.includes(name))) throw new Error('cut');
    };
    await again().expect(503);
    onSending = () => undefined;
    await eventually(async () => (await again()).status === 200, { everyMs: 5 });
    for (const tokens of [account, other]) await expectRefused(tokens);
  });
});

describe('a Redis without its data brings no token back', () => {
  it.each([
    ['when all is deleted', () => redis.flushall()],
    ['when it was killed and comes back empty', restart],
  ])('%s', async (_when, lose) => {
    const promoted = await rig.register();
    await rig.call('post', '/auth/logout', other).expect(200);
    await rig.context.revoker.changeAccess(promoted.user.id, { role: 'moderator' });
    await expectRefused(other);
    await lose();
    await eventually(async () => (await writes(account)).status === 201); // the api has its link again
    for (const gone of [other, promoted]) await expectRefused(gone);
    await eventually(loaded);
    for (const gone of [other, promoted]) await expectRefused(gone);
    const noted = await redis.exists(rig.context.names.revokedSession(sessionIdOf(other)));
    expect(noted).toBe(1);
    await writes(account).expect(201);
  });
});

it('brings to Redis what an api stored long ago, and died before it could tell', async () => {
  await eventually(loaded);
  await rig.context.store.sessions.revoke(sessionIdOf(other), new Date(Date.now() - 5 * minute));
  const successor = createContext(readConfig(rig.env));
  const api = createApi(successor);
  await api.start();
  try {
    await eventually(() => expectRefused(other));
    await writes(account).expect(201);
  } finally {
    await api.stop();
  }
});

it('signs nobody in anew whose account was deactivated and is active again, whatever died on the way', async () => {
  const { store, revoker } = rig.context;
  await store.users.changeAccess(account.user.id, { isActive: false }); // and its sessions were not ended
  await revoker.changeAccess(account.user.id, { isActive: true });
  for (const { refreshToken } of [account, other]) await rig.call('post', '/auth/refresh').send({ refreshToken }).expect(401);
  await logIn(account);
});

/** The first thing that gateways are told of a user, from before `work` on. */
async function toldOf(userId: string, work: () => Promise<unknown>) {
  const listener = redis.duplicate();
  const first = new Promise((resolve) => {
    listener.on('messageBuffer', (_channel, message) => {
      listener.disconnect();
      resolve(openControl(message, userId, rig.context.config.INTAKE_SECRETS));
    });
  });
  await listener.subscribe(rig.context.names.user(userId));
  await work();
  return { first: () => first };
}
