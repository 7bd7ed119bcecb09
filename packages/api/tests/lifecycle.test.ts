import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@storm/devstack';
import { eventually, startProxy, testMongoUrl } from '@storm/devstack/testing';
import { createLogger } from '@storm/shared/node';
import type { Message } from '@storm/shared/protocol';
import { expect, it } from 'vitest';
import request from 'supertest';
import { createApi, createContext, readConfig } from '../src/index.js';
import { testEnv } from './support/api-config.js';
import { cleanUp } from './support/clean-up.js';
import { dataOf, Rig } from './support/rig.js';

it('refuses to start on a Redis that may throw the queue away', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'storm-api-'));
  const redis = await startRedis({ dir, maxmemory: '64mb', config: { 'maxmemory-policy': 'allkeys-lru' } });
  const api = createApi(createContext(readConfig(await testEnv({ REDIS_URL: redis.url }))));
  try {
    await expect(api.start()).rejects.toThrow(/maxmemory-policy allkeys-lru: it must be noeviction/);
  } finally {
    await api.stop();
    await redis.stop();
    await rm(dir, { recursive: true });
  }
});

it('serves nothing but health until the database is set up, and then all of it', async () => {
  const url = new URL(testMongoUrl());
  const proxy = await startProxy({ target: { host: url.hostname, port: Number(url.port) } });
  await proxy.refuse();
  url.host = `${proxy.host}:${proxy.port}`;
  const context = createContext(readConfig(await testEnv({ MONGO_URL: url.href })));
  const api = createApi(context);
  await api.start();
  const at = `http://127.0.0.1:${api.port}`;
  try {
    await request(at).get('/health').expect(200);
    await request(at).get('/readiness').expect(503);
    const refused = await request(at).post('/api/v1/auth/login').send({ username: 'nobody', password: 'x' }).expect(503);
    expect(refused.headers['retry-after']).toBe('1');
    await proxy.accept();
    await eventually(() => context.schema.ready);
    await request(at).post('/api/v1/auth/login').send({ username: 'nobody', password: 'x' }).expect(401);
  } finally {
    await api.stop();
    await proxy.stop();
    await cleanUp(context.config);
  }
});

it('stops under load without losing what it acknowledged, and is unready at once', async () => {
  const rig = await Rig.start();
  const ann = await rig.register();
  const { id } = await rig.channel(ann);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const acknowledged: string[] = [];
  let refused = 0;
  let stopping = false;

  async function sender(): Promise<void> {
    for (let i = 0; !stopping || refused === 0; i++) {
      const text = `${randomUUID()}`;
      const body = { messageId: randomUUID(), text, clientTs: Date.now() };
      try {
        const { status } = await rig.call('post', `/channels/${id}/messages`, ann).agent(agent).send(body);
        if (status === 202) acknowledged.push(text);
        else refused++;
      } catch {
        refused++; // the connection is gone
      }
      if (i > 2_000) throw new Error('it never stopped');
    }
  }
  const senders = Array.from({ length: 8 }, sender);
  await eventually(() => acknowledged.length > 100);
  stopping = true;
  const began = Date.now();
  const stopped = rig.api.stop();
  expect(rig.context.ops.draining).toBe(true);
  await Promise.all([stopped, rig.api.stop()]); // a second stop is the first one's
  expect(Date.now() - began).toBeLessThan(rig.api.deadlineMs);
  await Promise.all(senders);
  agent.destroy();

  const after = createApi(createContext(readConfig(rig.env)));
  await after.start();
  const at = `http://127.0.0.1:${after.port}`;
  await eventually(async () => (await request(at).get('/readiness')).status === 200);
  const stored = async () => {
    const texts: (string | null)[] = [];
    for (let position = 0; ;) {
      const response = await request(at)
        .get(`/api/v1/channels/${id}/messages?after=${position}&limit=100`)
        .set('authorization', `Bearer ${ann.accessToken}`);
      const page = dataOf<Message[]>(response);
      if (page.length === 0) return texts;
      texts.push(...page.map(({ text }) => text));
      position = page.at(-1)?.position ?? position;
    }
  };
  await eventually(async () => expect(await stored()).toEqual(expect.arrayContaining(acknowledged)));
  await after.stop();
  await rig.stop();
});

it('lets a request under way end before it stops, and takes no new one', async () => {
  const rig = await Rig.start({ worker: false });
  const ann = await rig.register();
  const { context } = rig;
  const waiting = rig
    .call('post', '/channels', ann)
    .send({ name: 'slow room' })
    .then((response) => response);
  await eventually(() => context.intake.depth.underWay === 1);
  const stopped = rig.api.stop();
  await expect(fetch(`${rig.url}/health`)).rejects.toThrow();
  const { status, headers } = await waiting;
  expect(status).toBe(202);
  expect(headers).toHaveProperty('connection');
  await stopped;
  await rig.stop();
});

it('writes no password, token, ticket or text into its log, even at debug', async () => {
  const lines: string[] = [];
  const log = createLogger('api', 'trace', { write: (line: string) => void lines.push(line) });
  const rig = await Rig.start({ overrides: { log } });
  const ann = await rig.register();
  const { id } = await rig.channel(ann);
  const canary = `canary-${randomUUID()}`;
  await rig.say(ann, id, canary);
  await rig.call('get', `/channels/${id}/messages?limit=${canary}`, ann).expect(400);
  await rig.call('post', '/auth/login').send({ username: ann.user.username, password: canary }).expect(401);
  await rig
    .call('post', '/auth/refresh')
    .send({ refreshToken: `${ann.refreshToken}x` })
    .expect(401);
  const { ticket } = dataOf<{ ticket: string }>(await rig.call('post', '/auth/ws-ticket', ann).expect(201));
  await rig.call('post', '/channels', ann).set('content-type', 'application/json').send(`{"name":"${canary}`).expect(400);
  await rig.stop();
  const logged = lines.join('');
  expect(logged).toContain(`/api/v1/channels/${id}/messages`); // the same search finds what is logged
  for (const secret of [canary, 'Correct-horse', ann.accessToken, ann.refreshToken, ticket]) expect(logged).not.toContain(secret);
});
