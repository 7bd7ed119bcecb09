import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { run } from '../../process/run.js';
import { silent } from '../../process/say.js';
import { temporaryDirectory } from '../../process/temporary-directory.js';
import { which } from '../../process/which.js';
import { unpackPostgres } from './unpack-postgres.js';

const cache = temporaryDirectory();
afterAll(() => cache.remove());

/** Makes a package of files, as Debian's tools do. */
async function makeDeb(files: Record<string, string>): Promise<string> {
  const contents = {
    'DEBIAN/control': 'Package: one\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b>\nDescription: x\n',
    ...files,
  };
  for (const [name, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(cache.path, 'deb', name)), { recursive: true });
    writeFileSync(join(cache.path, 'deb', name), text);
  }
  await run('dpkg-deb', ['--build', join(cache.path, 'deb'), join(cache.path, 'one.deb')]);
  return join(cache.path, 'one.deb');
}

it.skipIf(!which('dpkg-deb'))('makes a tree of the packages once, with what their scripts would have added', async () => {
  const extension = 'usr/share/postgresql/18/extension/postgis-3.control';
  const deb = await makeDeb({ [extension]: 'extension', 'bin/tool': 'program' });
  let asked = 0;
  let removed = 0;
  const download = () => {
    asked += 1;
    return Promise.resolve({ files: [deb], remove: () => void (removed += 1) });
  };

  const tree = await unpackPostgres(cache.path, silent, { download });
  expect(tree).toBe(join(cache.path, 'mongo'));
  // A package may still name /bin: that is a link.
  expect(readFileSync(join(tree, 'usr/bin/tool'), 'utf8')).toBe('program');
  expect(readlinkSync(join(tree, dirname(extension), 'postgis.control'))).toBe('postgis-3.control');
  expect(readFileSync(join(tree, 'etc/passwd'), 'utf8')).toMatch(/^mongodb:x:999:/);

  await unpackPostgres(cache.path, silent, { download });
  expect([asked, removed]).toEqual([1, 1]);
});
