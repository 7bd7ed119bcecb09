import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { logTail } from './log-tail.js';
import { temporaryDirectory } from './temporary-directory.js';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

it('returns the last lines of a log, and nothing of one that is not there', () => {
  const path = join(directory.path, 'log');
  writeFileSync(path, 'one\ntwo\nthree\n');
  expect(logTail(path, 2)).toBe('two\nthree');
  expect(logTail(join(directory.path, 'none'))).toBe('');
});

it('is bounded however long a line is', () => {
  const path = join(directory.path, 'long');
  writeFileSync(path, 'x'.repeat(10_000));
  expect(logTail(path)).toHaveLength(2_000);
});
