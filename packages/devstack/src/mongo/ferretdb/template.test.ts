import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cacheDirectory } from '../../process/cache.js';
import { freePort } from '../../process/free-port.js';
import { silent } from '../../process/say.js';
import { temporaryDirectory } from '../../process/temporary-directory.js';
import { startFerretDb } from './start.js';
import { makeTemplate } from './template.js';

const cache = temporaryDirectory();
afterAll(() => cache.remove());

const shared = cacheDirectory();
const tree = join(shared, 'mongo');
const command = join(shared, 'ferretdb/ferretdb');

// Where a real mongod is used, there is no tree.
describe.skipIf(!existsSync(join(tree, 'ready')))('with PostgreSQL in the cache', () => {
  it('makes a cluster that FerretDB can work on, aside and once', async () => {
    mkdirSync(join(cache.path, 'mongo-template-1.draft/left-by-a-kill'), { recursive: true });
    const template = await makeTemplate({ cache: cache.path, tree, say: silent });
    expect(existsSync(`${template}.draft`)).toBe(false);
    expect(existsSync(join(template, 'left-by-a-kill'))).toBe(false);
    const lines: string[] = [];
    expect(await makeTemplate({ cache: cache.path, tree, say: (line) => lines.push(line) })).toBe(template);
    expect(lines).toEqual([]);

    const dir = join(cache.path, 'instance');
    const server = await startFerretDb({
      programs: { command, tree, template },
      dir,
      port: await freePort(),
      logFile: join(cache.path, 'mongo.log'),
      durable: false,
    });
    await server.stop();
  });

  it('shows the end of the log when the store does not start, and leaves nothing', async () => {
    const dir = join(cache.path, 'broken');
    mkdirSync(join(dir, 'postgres'), { recursive: true });
    writeFileSync(join(dir, 'postgres/PG_VERSION'), '9');
    const programs = { command, tree, template: 'none' };
    await expect(
      startFerretDb({ programs, dir, port: await freePort(), logFile: join(cache.path, 'mongo.log'), durable: false }),
    ).rejects.toThrow(/PostgreSQL ended .*could not access/s);
  });

  it('shows the end of the log when the front does not start, and leaves nothing', async () => {
    const template = await makeTemplate({ cache: cache.path, tree, say: silent });
    const programs = { command: 'false', tree, template };
    const starting = startFerretDb({
      programs,
      dir: join(cache.path, 'no-front'),
      port: await freePort(),
      logFile: join(cache.path, 'mongo.log'),
      durable: false,
    });
    await expect(starting).rejects.toThrow(/FerretDB ended \(exit code 1\)/);
  });
});
