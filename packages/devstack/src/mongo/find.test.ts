import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { silent } from '../process/say.js';
import { temporaryDirectory } from '../process/temporary-directory.js';
import { findMongo } from './find.js';

const directory = temporaryDirectory();
const mongod = join(directory.path, 'mongod');
writeFileSync(mongod, '#!/bin/sh\n', { mode: 0o755 });
afterAll(() => directory.remove());

it('takes the mongod that MONGOMS_SYSTEM_BINARY names, before the one on PATH', async () => {
  const named = join(directory.path, 'other');
  writeFileSync(named, '#!/bin/sh\n', { mode: 0o755 });
  expect(await findMongo(silent, { MONGOMS_SYSTEM_BINARY: named, PATH: directory.path })).toEqual({
    kind: 'mongod',
    command: named,
  });
  expect(await findMongo(silent, { PATH: directory.path })).toEqual({ kind: 'mongod', command: mongod });
});

it('does not go on past a name that is wrong', async () => {
  await expect(findMongo(silent, { MONGOMS_SYSTEM_BINARY: '/no/such/mongod' })).rejects.toThrow(
    '/no/such/mongod, which is no program',
  );
});

it('names what would help when nothing can be had', async () => {
  const cache = join(directory.path, 'cache');
  const nothing = findMongo(
    silent,
    { PATH: '/nowhere', STORM_CACHE: cache },
    { download: () => Promise.resolve(undefined), install: () => Promise.reject(new Error('no Go')) },
  );
  await expect(nothing).rejects.toThrow(/no MongoDB: no Go\n.*MONGO_URL.*mongod/s);
});
