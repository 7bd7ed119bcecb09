import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { temporaryDirectory } from '../process/temporary-directory.js';
import { eventually } from '../testing/eventually.js';
import { vitest } from './vitest.js';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

/** A folder in whose place of vitest a script of ours stands: what is looked at is how its end is passed on. */
function rootWith(script: string): string {
  mkdirSync(join(directory.path, 'node_modules/vitest'), { recursive: true });
  writeFileSync(join(directory.path, 'node_modules/vitest/vitest.mjs'), script);
  return directory.path;
}

it('resolves with its exit code', async () => {
  expect(await vitest({ root: rootWith('process.exit(Number(process.argv[2]))'), args: ['3'], env: {} })).toBe(3);
  expect(await vitest({ root: rootWith(`process.kill(process.pid, 'SIGKILL')`), args: [], env: {} })).toBe(130);
});

it('passes on a request to end and waits until it is heard', async () => {
  const up = join(directory.path, 'up');
  const root = rootWith(
    `import { writeFileSync } from 'node:fs';
     const alive = setInterval(() => {}, 1000);
     process.on('SIGTERM', () => { clearInterval(alive); process.exitCode = 7; });
     writeFileSync(process.argv[2], '');`,
  );
  const others = process.listeners('SIGTERM');
  const code = vitest({ root, args: [up], env: {} });
  await eventually(() => existsSync(up));
  // Not a signal, which the test runner would take for itself.
  for (const listener of process.listeners('SIGTERM')) if (!others.includes(listener)) listener('SIGTERM');
  expect(await code).toBe(7);
  expect(process.listeners('SIGTERM')).toEqual(others);
});
