import { randomUUID } from 'node:crypto';
import { eventually, startProxy, testMongoUrl, testRedisUrl, type TcpProxy } from '@storm/devstack/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import request from 'supertest';
import type { Message } from '@storm/shared/protocol';
import { bodyOf, dataOf, Rig, type Account } from './support/rig.js';

let redis: TcpProxy, mongo: TcpProxy;
let rig: Rig;
let ann: Account, bob: Account;
let room: string;

/** The same service through a proxy. */
async function through(text: string): Promise<{ proxy: TcpProxy; url: string }> {
  const url = new URL(text);
  const proxy = await startProxy({ target: { host: url.hostname, port: Number(url.port) } });
  url.hostname = proxy.host;
  url.port = String(proxy.port);
  return { proxy, url: url.href };
}

beforeAll(async () => {
  const [toRedis, toMongo] = await Promise.all([through(testRedisUrl()), through(testMongoUrl())]);
  [redis, mongo] = [toRedis.proxy, toMongo.proxy];
  rig = await Rig.start({ env: { REDIS_URL: toRedis.url, MONGO_URL: toMongo.url } });
  [ann, bob] = await Promise.all([rig.register(), rig.register()]);
  room = (await rig.channel(ann)).id;
  await rig.say(ann, room, 'before');
});
afterEach(async () => {
  redis.resume();
  mongo.resume();
  await Promise.all([redis.accept(), mongo.accept()]);
  await eventually(async () => (await request(rig.url).get('/readiness')).status === 200, { timeoutMs: 20_000 });
});
afterAll(async () => {
  await rig.stop();
  await Promise.all([redis.stop(), mongo.stop()]);
});

const send = (account: Account, text: string) =>
  rig.call('post', `/channels/${room}/messages`, account).send({ messageId: randomUUID(), text, clientTs: Date.now() });

const texts = async () =>
  dataOf<Message[]>(await rig.call('get', `/channels/${room}/messages`, ann).expect(200)).map(({ text }) => text);

it('goes on queueing what known members send while MongoDB is away, and stores it when it is back, in order', async () => {
  await mongo.refuse();
  for (const text of ['one', 'two', 'three']) await send(ann, text).expect(202);
  expect(bodyOf(await send(bob, 'unknown').expect(503)).error.code).toBe('UNAVAILABLE');
  const change = await rig.call('patch', `/channels/${room}`, ann).send({ description: 'later' }).expect(202);
  expect(dataOf(change)).toMatchObject({ channelId: room, status: 'queued' });

  await mongo.accept();
  await eventually(async () => expect((await texts()).slice(-3)).toEqual(['one', 'two', 'three']), { timeoutMs: 20_000 });
  await expect
    .poll(async () => dataOf<{ description: string }>(await rig.call('get', `/channels/${room}`, ann)).description, {
      timeout: 10_000,
    })
    .toBe('later');
}, 60_000);

it('says that it is not ready, and why, while MongoDB is away; and lives', async () => {
  await mongo.refuse();
  const { body } = (await request(rig.url).get('/readiness').expect(503)) as { body: { checks: Record<string, string> } };
  expect(body.checks).toMatchObject({ redis: 'ok' });
  expect(body.checks['mongo']).not.toBe('ok');
  await request(rig.url).get('/health').expect(200);
  for (const [path, status] of [
    ['health', 200],
    ['readiness', 503],
  ] as const) {
    const open = (await request(rig.url).get(`/api/v1/${path}`).expect(status)) as { body: { checks: Record<string, string> } };
    expect(new Set(Object.values(open.body.checks))).toEqual(new Set(['ok', 'failed'])); // why is not for everybody
  }
  const refused = await rig.call('get', '/users/me', ann).expect(503);
  expect(bodyOf(refused).error.code).toBe('UNAVAILABLE');
  expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
}, 60_000);

it.each(['refuses', 'hangs'])(
  'answers every write 503 in about a second while Redis %s',
  async (how) => {
    if (how === 'hangs') redis.stall();
    else await redis.refuse();
    const writes = [
      () => send(ann, 'x'),
      () => rig.call('post', '/channels', ann).send({ name: 'a room' }),
      () => rig.call('delete', `/channels/${room}`, ann),
      () => rig.call('post', '/auth/ws-ticket', ann),
      () => rig.call('get', `/channels/${room}/messages`, ann),
    ];
    for (const write of writes) {
      const began = performance.now();
      const response = await write().expect(503);
      expect(performance.now() - began).toBeLessThan(1_500);
      expect(bodyOf(response).error.code).toBe('UNAVAILABLE');
      expect(response.headers).toHaveProperty('retry-after');
    }
    await rig.call('get', '/users/me', ann).expect(200); // what needs no Redis goes on
    await rig.call('get', '/channels', ann).expect(200);
  },
  60_000,
);

it('heals when Redis is back', async () => {
  await redis.refuse();
  await send(ann, 'lost').expect(503);
  await redis.accept();
  const body = { messageId: randomUUID(), text: 'found', clientTs: Date.now() };
  const again = async () => (await rig.call('post', `/channels/${room}/messages`, ann).set('prefer', 'wait=5').send(body)).status;
  await eventually(async () => [200, 201].includes(await again()), { timeoutMs: 20_000 });
  expect((await texts()).filter((text) => text === 'found')).toHaveLength(1);
}, 60_000);
