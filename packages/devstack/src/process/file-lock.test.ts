import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { lockOwner, tryLock, withFileLock } from './file-lock.js';
import { temporaryDirectory } from './temporary-directory.js';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

it('lets one work at a time, also after a failure', async () => {
  const path = join(directory.path, 'one');
  let inside = 0;
  const work = async (fail: boolean) =>
    withFileLock(path, async () => {
      expect(++inside).toBe(1);
      expect(lockOwner(path)).toBe(process.pid);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      if (fail) throw new Error('failed');
    });
  const results = await Promise.allSettled([work(true), work(false), work(false)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(existsSync(path)).toBe(false);
});

it('takes over from a process that is gone', async () => {
  const path = join(directory.path, 'stale');
  writeFileSync(path, String(spawnSync('true').pid));
  expect(lockOwner(path)).toBeUndefined();
  expect(await withFileLock(path, () => Promise.resolve('mine'))).toBe('mine');
});

it('does not take it for free when the folder is missing', () => {
  expect(() => tryLock(join(directory.path, 'no/such/folder'))).toThrow('ENOENT');
});
