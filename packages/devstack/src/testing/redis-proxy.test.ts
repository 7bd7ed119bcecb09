import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { testRedisUrl } from './env.js';
import { eventually } from './eventually.js';
import { seededRandom } from './random.js';
import { startRedisProxy, type RedisProxy } from './redis-proxy.js';
import { uniqueNamespace } from './unique.js';

const namespace = uniqueNamespace();
const links: Redis[] = [];
let direct: Redis;
let proxy: RedisProxy;

beforeAll(async () => {
  direct = new Redis(testRedisUrl());
  proxy = await startRedisProxy(testRedisUrl());
});
afterEach(() => {
  for (const link of links.splice(0)) link.disconnect();
  proxy.lose = () => false;
  Object.assign(proxy.counts, { passed: 0, lost: 0 });
});
afterAll(async () => {
  await direct.quit();
  await proxy.stop();
});

/** A link through the proxy that speaks RESP in that version, and the messages that it got. */
function link(protocol: 2 | 3): { redis: Redis; heard: string[] } {
  const redis = new Redis(proxy.url, { protocol });
  links.push(redis);
  const heard: string[] = [];
  redis.on('messageBuffer', (_channel: Buffer, message: Buffer) => heard.push(message.toString('latin1')));
  redis.on('smessageBuffer', (_channel: Buffer, message: Buffer) => heard.push(message.toString('latin1')));
  redis.on('pmessageBuffer', (_pattern: Buffer, _channel: Buffer, message: Buffer) => heard.push(message.toString('latin1')));
  return { redis, heard };
}

/** Chunks of the stream end anywhere in these; they hold all bytes, and what looks like other messages. */
const body = (i: number) =>
  Buffer.concat([
    Buffer.from(`${i}\r\n>3\r\n$7\r\nmessage\r\n`),
    Buffer.from(Array.from({ length: (i * 37) % 3_000 }, (_, j) => j)),
  ]);

it.each([2, 3] as const)('loses a share of what is published and nothing else, by a seed (RESP %i)', async (protocol) => {
  const { redis, heard } = link(protocol);
  const channel = `${namespace}:lossy${protocol}`;
  const [random, again] = [seededRandom(protocol), seededRandom(protocol)];
  proxy.lose = () => random() < 0.1;
  expect(await redis.subscribe(channel)).toBe(1);
  const pipeline = direct.pipeline();
  for (let i = 0; i < 1_000; i++) pipeline.publish(channel, body(i));
  await pipeline.exec();
  await eventually(() => proxy.counts.passed + proxy.counts.lost === 1_000 && heard.length === proxy.counts.passed);

  const kept = Array.from({ length: 1_000 }, (_, i) => i).filter(() => again() >= 0.1);
  expect(heard).toEqual(kept.map((i) => body(i).toString('latin1')));
  expect(proxy.counts.lost).toBeGreaterThan(50);
  proxy.lose = () => true;
  expect(await redis.subscribe(`${channel}:other`)).toBe(2);
});

it.each([2, 3] as const)('knows messages by channel, by pattern and by shard, and their channel (RESP %i)', async (protocol) => {
  const { redis, heard } = link(protocol);
  const name = (of: string) => `${namespace}:{s}:${protocol}:${of}`;
  const asked: string[] = [];
  proxy.lose = (channel) => (asked.push(channel), channel.endsWith('lost'));
  await redis.subscribe(name('kept'), name('lost'));
  await redis.psubscribe(`${name('p')}*`);
  await redis.ssubscribe(name('s-lost'));
  await redis.ssubscribe(name('s-kept'));
  for (const of of ['lost', 'p-lost', 'kept', 'p-kept']) await direct.publish(name(of), of);
  for (const of of ['s-lost', 's-kept']) await direct.spublish(name(of), of);
  await eventually(() => heard.length === 3);
  expect(heard).toEqual(['kept', 'p-kept', 's-kept']);
  expect(asked).toEqual(['lost', 'p-lost', 'kept', 'p-kept', 's-lost', 's-kept'].map(name));
  expect(proxy.counts).toEqual({ passed: 3, lost: 3 });
});

it('takes no answer for a message, whatever it looks like', async () => {
  proxy.lose = () => true;
  const { redis } = link(2);
  const key = `${namespace}:list`;
  await direct.rpush(key, 'message', 'channel', 'body');
  await direct.pexpire(key, 60_000);
  expect(await redis.lrange(key, 0, -1)).toEqual(['message', 'channel', 'body']);
  await redis.subscribe(`${namespace}:any`);
  await redis.unsubscribe();
  expect(await redis.lrange(key, 0, -1)).toEqual(['message', 'channel', 'body']);
  expect(proxy.counts.lost).toBe(0);
  await direct.del(key);
});
