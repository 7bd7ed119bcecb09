import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { temporaryDirectory } from '../process/temporary-directory.js';
import { downloadInto, downloadMongod } from './download.js';

let cache: ReturnType<typeof temporaryDirectory>;
let lines: string[];
const say = (line: string) => void lines.push(line);
const failure = () => join(cache.path, 'mongod-download-failed');

beforeEach(() => {
  cache = temporaryDirectory();
  lines = [];
});
afterEach(() => {
  vi.unstubAllEnvs();
  cache.remove();
});

it('says what it downloads and returns where it is', async () => {
  const path = await downloadMongod(cache.path, say, { download: (into) => Promise.resolve(join(into, 'mongod-8')) });
  expect(path).toBe(join(cache.path, 'mongod/mongod-8'));
  expect(lines[0]).toMatch(/^downloading mongod \(/);
});

it('remembers a closed network for a day', async () => {
  let asked = 0;
  const download = () => {
    asked += 1;
    return Promise.reject(new Error('no way out'));
  };
  expect(await downloadMongod(cache.path, say, { download })).toBeUndefined();
  expect(readFileSync(failure(), 'utf8')).toContain('no way out');
  expect(await downloadMongod(cache.path, say, { download })).toBeUndefined();
  expect(asked).toBe(1);
  expect(lines.at(-1)).toContain(`delete ${failure()} to try again`);

  const yesterday = Date.now() / 1000 - 25 * 60 * 60;
  utimesSync(failure(), yesterday, yesterday);
  await downloadMongod(cache.path, say, { download });
  expect(asked).toBe(2);
  expect(existsSync(failure())).toBe(true);
});

/** A place to download from that is ours. */
async function mirror(answer: (path: string, response: ServerResponse) => unknown): Promise<Server> {
  const server = createServer((request, response) => answer(request.url ?? '', response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  vi.stubEnv('MONGOMS_USE_HTTP', '1');
  vi.stubEnv('MONGOMS_DOWNLOAD_MIRROR', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return server;
}

it('unpacks what mongodb-memory-server downloads, and finds it again', async () => {
  // The library takes less than a MiB for the rest of a broken download.
  const program = `#!/bin/sh\n${'# '.repeat(1024 * 1024)}`;
  const archive = join(cache.path, 'archive/mongodb/bin');
  mkdirSync(archive, { recursive: true });
  writeFileSync(join(archive, 'mongod'), program, { mode: 0o755 });
  const bytes = execFileSync('tar', ['-cz', '-C', join(cache.path, 'archive'), 'mongodb']);
  const asked: string[] = [];
  const server = await mirror((path, response) => {
    asked.push(path.replace(/.*\./, ''));
    response.end(path.endsWith('.md5') ? `${createHash('md5').update(bytes).digest('hex')}  mongodb.tgz\n` : bytes);
  });
  const path = await downloadMongod(cache.path, say);
  expect(readFileSync(path ?? '', 'utf8') === program).toBe(true);
  expect(await downloadMongod(cache.path, say)).toBe(path);
  expect(asked).toEqual(['tgz', 'md5']);
  expect(lines.at(-1)).toMatch(/^looking for mongod in the cache: done/);
  server.close();
});

it('gives up on a place that takes the connection and says nothing', async () => {
  let asked = 0;
  const server = await mirror(() => (asked += 1));
  await expect(downloadInto(join(cache.path, 'mongod'), { patienceMs: 1_500 })).rejects.toThrow('no byte for 1.5 s');
  expect(asked).toBe(1);
  expect(existsSync(join(cache.path, 'mongod'))).toBe(false);
  server.closeAllConnections();
  server.close();
});
