import { Redis } from 'ioredis';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { temporaryDirectory } from '../process/temporary-directory.js';
import { startRedis, type RedisServer } from './start.js';

const directory = temporaryDirectory();
const dir = join(directory.path, 'redis');
let server: RedisServer | undefined;
let client: Redis | undefined;

afterEach(async () => {
  client?.disconnect();
  await server?.stop();
});
afterAll(() => directory.remove());

it('is set up so that nothing queued is evicted or lost by a crash', async () => {
  server = await startRedis({ dir, maxmemory: '64mb', config: { 'notify-keyspace-events': 'Ex' } });
  client = new Redis(server.url);
  const setting = async (name: string) => ((await client?.config('GET', name)) as string[])[1];
  expect(await setting('maxmemory-policy')).toBe('noeviction');
  expect(await setting('appendfsync')).toBe('everysec');
  expect(await setting('maxmemory')).toBe(String(64 * 1024 * 1024));
  expect(await setting('notify-keyspace-events')).toContain('E');

  await client.set('kept', 'yes');
  await server.crash();
  client.disconnect();
  server = await startRedis({ dir, port: server.port });
  client = new Redis(server.url);
  expect(await client.get('kept')).toBe('yes');
});

it('refuses a port on which another listens, instead of taking that for its own', async () => {
  server = await startRedis({ dir });
  await expect(startRedis({ dir: join(directory.path, 'other'), port: server.port })).rejects.toThrow(
    `port ${server.port} is taken`,
  );
});

it('fails with the end of the log when Redis does not start', async () => {
  server = undefined;
  await expect(startRedis({ dir, config: { 'no-such-setting': 'x' } })).rejects.toThrow(
    /Redis ended \(exit code 1\).*no-such-setting/s,
  );
});
