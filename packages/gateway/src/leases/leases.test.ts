import { eventually, startProxy, testRedisUrl, uniqueNamespace, type TcpProxy } from '@storm/devstack/testing';
import { connectRedis, createLogger, redisReady, type Redis } from '@storm/shared/node';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Leases } from './leases.js';

const log = createLogger('test', 'silent');
let redis: Redis;
let name: string;
const stops: (() => void)[] = [];
beforeAll(async () => {
  redis = connectRedis(testRedisUrl(), 'producer', log);
  await redisReady(redis);
});
beforeEach(() => {
  name = `${uniqueNamespace()}:leases`;
});
afterAll(() => {
  for (const stop of stops) stop();
  redis.disconnect();
});

function aProcess(options: { redis?: Redis; leaseMs?: number; renewMs?: number } = {}): Leases {
  const leases = new Leases({ redis, now: Date.now, leaseMs: 5_000, renewMs: 50, tickMs: 20, ...options });
  stops.push(() => leases.stop());
  return leases;
}

const held = () => redis.zcard(name);

it('counts over all processes, and gives back what was released, once', async () => {
  const [one, other] = [aProcess(), aProcess()];
  const [first, second] = [await one.take(name, 'a', 2), await other.take(name, 'b', 2)];
  expect(await one.take(name, 'c', 2)).toBeUndefined();
  expect(await other.take(`${name}:of-another`, 'c', 2)).toBeDefined();
  first?.release();
  first?.release();
  expect(await other.take(name, 'c', 2)).toBeDefined();
  expect(await one.take(name, 'd', 2)).toBeUndefined();
  second?.release();
  expect([one.size, other.size]).toEqual([0, 2]);
  await eventually(async () => (await held()) === 1);
  await redis.del(name, `${name}:of-another`);
});

it('never lets more in than may be, however many ask at once', async () => {
  const processes = [aProcess(), aProcess(), aProcess()];
  const ids = Array.from({ length: 20 }, (_, i) => `${i}`);
  const taken = await Promise.all(processes.flatMap((leases, i) => ids.map((id) => leases.take(name, `${i} ${id}`, 20))));
  expect(taken.filter((lease) => lease !== undefined)).toHaveLength(20);
  expect(await held()).toBe(20);
  await redis.del(name);
});

it('forgets what a process held that was killed, and keeps what is renewed', async () => {
  const [killed, living] = [aProcess({ leaseMs: 400 }), aProcess({ leaseMs: 400 })];
  living.start();
  await killed.take(name, 'k', 2);
  const mine = await living.take(name, 'l', 2);
  expect(await living.take(name, 'm', 2)).toBeUndefined();
  const other = await eventually(() => living.take(name, 'm', 2));
  expect(await redis.zrange(name, '0', '-1')).toEqual(['l', 'm']);
  living.stop();
  mine?.release();
  other.release();
  await eventually(async () => (await redis.exists(name)) === 0);
});

it('puts what it holds back where Redis lost its data, a part at a time', async () => {
  const leases = aProcess();
  const taken = await Promise.all(Array.from({ length: 30 }, (_, i) => leases.take(name, `${i}`, 100)));
  await redis.del(name);
  leases.start();
  await eventually(async () => (await held()) === 30);
  leases.stop();
  for (const lease of taken) lease?.release();
  await eventually(async () => (await held()) === 0);
});

it('counts its own while Redis is away, and all of them when it is back', async () => {
  const { hostname: host, port } = new URL(testRedisUrl());
  const proxy: TcpProxy = await startProxy({ target: { host, port: Number(port) } });
  const far = connectRedis(`redis://127.0.0.1:${proxy.port}`, 'producer', log);
  try {
    await redisReady(far);
    const [cut, other] = [aProcess({ redis: far }), aProcess()];
    cut.start();
    await other.take(name, 'o', 2);
    await proxy.refuse();
    await eventually(() => far.status !== 'ready');
    const taken = await Promise.all(['a', 'b', 'c'].map((id) => cut.take(name, id, 2)));
    expect(taken.map((lease) => lease !== undefined)).toEqual([true, true, false]);
    await proxy.accept();
    await eventually(async () => (await held()) === 3);
    expect(await other.take(name, 'p', 3)).toBeUndefined();
  } finally {
    far.disconnect();
    await proxy.stop();
    await redis.del(name);
  }
});
