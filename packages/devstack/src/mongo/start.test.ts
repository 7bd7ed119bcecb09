import { mongo } from 'mongoose';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { temporaryDirectory } from '../process/temporary-directory.js';
import type { MongoServer } from './server.js';
import { startMongo } from './start.js';

const directory = temporaryDirectory();
const dir = join(directory.path, 'mongo');
let server: MongoServer | undefined;

afterEach(() => server?.stop());
afterAll(() => directory.remove());

async function withCollection<T>(url: string, work: (collection: mongo.Collection<{ _id: string }>) => Promise<T>): Promise<T> {
  const client = await new mongo.MongoClient(url).connect();
  try {
    return await work(client.db('test').collection('things'));
  } finally {
    await client.close();
  }
}

it('keeps what was acknowledged through a crash and through a stop', async () => {
  server = await startMongo({ dir });
  expect(server.url).toBe(`mongodb://127.0.0.1:${server.port}/`);
  await withCollection(server.url, (things) => things.insertOne({ _id: 'before the crash' }));
  await server.crash();

  server = await startMongo({ dir, port: server.port });
  await withCollection(server.url, (things) => things.insertOne({ _id: 'before the stop' }));
  await server.stop();

  server = await startMongo({ dir });
  const ids = await withCollection(server.url, (things) => things.distinct('_id'));
  expect(ids.sort()).toEqual(['before the crash', 'before the stop']);
});

it('ends when the process that answers is killed', async () => {
  server = await startMongo({ dir: join(directory.path, 'killed'), durable: false });
  process.kill(server.pid, 'SIGKILL');
  // Stopping waits for all of it, and does not hang on what is already gone.
  await server.stop();
  server = await startMongo({ dir: join(directory.path, 'killed'), port: server.port });
});

it('refuses a port on which another listens', async () => {
  server = await startMongo({ dir });
  await expect(startMongo({ dir: join(directory.path, 'other'), port: server.port })).rejects.toThrow(
    `port ${server.port} is taken`,
  );
});
