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
  writeFileSync(path, `${spawnSync('true').pid} 1`);
  expect(lockOwner(path)).toBeUndefined();
  expect(await withFileLock(path, () => Promise.resolve('mine'))).toBe('mine');
});

it('takes over when another process has the pid of the owner by now', () => {
  const path = join(directory.path, 'reused');
  writeFileSync(path, `${process.pid} 1`);
  expect(lockOwner(path)).toBeUndefined();
  expect([tryLock(path), tryLock(path)]).toEqual([false, true]);
  expect(lockOwner(path)).toBe(process.pid);
});

it('takes a lock that is just being made for held', () => {
  const path = join(directory.path, 'empty');
  writeFileSync(path, '');
  expect(tryLock(path)).toBe(false);
  expect(existsSync(path)).toBe(true);
});

it('does not take it for free when the folder is missing', () => {
  expect(() => tryLock(join(directory.path, 'no/such/folder'))).toThrow('ENOENT');
});
