import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { temporaryDirectory } from './temporary-directory.js';
import { waitUntil } from './wait-until.js';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

it('ends what a process started when that is killed, and spares what had ended before', async () => {
  // A parent to be killed has to be a process of its own, so it runs the build.
  const child = fileURLToPath(new URL('../../dist/process/child.js', import.meta.url));
  const parent = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { startChild } from ${JSON.stringify(child)};
     const start = (name, script) => startChild({ name, command: 'sh', args: ['-c', script], logFile: ${JSON.stringify(join(directory.path, 'log'))} });
     const early = await start('early', 'exit 0');
     await early.exited;
     const lives = [await start('one', 'sleep 600 & wait'), await start('two', 'trap "" TERM; sleep 600')];
     console.log(JSON.stringify(lives.map(({ pid }) => pid)));`,
  ]);
  const pids = await new Promise<number[]>((resolve) =>
    parent.stdout.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()) as number[])),
  );
  expect(pids.map(groupSize)).toEqual([2, 2]);

  parent.kill('SIGKILL');

  await waitUntil(() => pids.every((pid) => groupSize(pid) === 0));
});

/** How many live processes a group has; a zombie is none. */
function groupSize(group: number): number {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.filter((pid) => {
    try {
      const [state, , itsGroup] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return Number(itsGroup) === group && state !== 'Z';
    } catch {
      return false;
    }
  }).length;
}
