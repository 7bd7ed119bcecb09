import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { cacheDirectory } from './cache.js';
import { temporaryDirectory } from './temporary-directory.js';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

it('makes the folder that STORM_CACHE names', () => {
  const wanted = join(directory.path, 'a/b');
  expect(cacheDirectory({ STORM_CACHE: wanted })).toBe(wanted);
  expect(existsSync(wanted)).toBe(true);
});

it('is shared by all checkouts otherwise', () => {
  expect(cacheDirectory({})).toMatch(/storm(-cache)?$/);
});
