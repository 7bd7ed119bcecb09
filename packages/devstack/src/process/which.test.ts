import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { temporaryDirectory } from './temporary-directory.js';
import { isExecutable, which } from './which.js';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

it('finds the first that can be run, as the shell does', () => {
  const [first, second] = ['first', 'second'].map((name) => join(directory.path, name));
  mkdirSync(join(first ?? '', 'tool'), { recursive: true });
  mkdirSync(second ?? '');
  writeFileSync(join(second ?? '', 'tool'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(second ?? '', 'notes'), 'text', { mode: 0o644 });
  const env = { PATH: `${first}::${second}` };

  expect(which('tool', env)).toBe(join(second ?? '', 'tool'));
  expect(which('notes', env)).toBeUndefined();
  expect(which('tool', {})).toBeUndefined();
  expect(isExecutable(join(first ?? '', 'tool'))).toBe(false);
});
