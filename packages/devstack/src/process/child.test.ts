import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { startChild, type Child } from './child.js';
import { temporaryDirectory } from './temporary-directory.js';
import { waitUntil } from './wait-until.js';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

let count = 0;
const shell = (script: string, env?: NodeJS.ProcessEnv): Promise<Child> =>
  startChild({
    name: 'the shell',
    command: 'sh',
    args: ['-c', script],
    logFile: join(directory.path, `logs/${++count}.log`),
    ...(env && { env }),
  });
const log = (child: Child) => readFileSync(child.logFile, 'utf8');

it('appends what the process says to its log and tells how it ended', async () => {
  const child = await shell('echo "$GREETING"; echo there >&2; exit 4', { PATH: process.env['PATH'], GREETING: 'hello' });
  expect(await child.exited).toEqual({ code: 4, signal: null });
  expect(child.isRunning()).toBe(false);
  expect(log(child)).toBe('hello\nthere\n');
});

it('asks the process to end, and lets it do so in order', async () => {
  const child = await shell('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.01; done');
  await child.ready(() => log(child).includes('up'));
  expect(await child.stop()).toEqual({ code: 0, signal: null });
  expect(log(child)).toContain('bye');
  expect(await child.stop()).toEqual({ code: 0, signal: null });
});

it('kills a process that does not end by the deadline, with what it started', async () => {
  const child = await shell('trap "" TERM; sleep 600 & echo "grandchild $!"; while :; do sleep 0.01; done');
  const grandchild = Number(await child.ready(() => /grandchild (\d+)/.exec(log(child))?.[1]));
  expect(await child.stop({ deadlineMs: 50 })).toEqual({ code: null, signal: 'SIGKILL' });
  await waitUntil(() => !isAlive(grandchild));
});

it('gives up waiting at once when the process ends, and shows the end of its log', async () => {
  const child = await shell('echo no space left on device; exit 1');
  await expect(child.ready(() => false)).rejects.toThrow(
    /the shell ended \(exit code 1\) before it was ready; .*\nno space left on device$/s,
  );
});

it('gives up waiting when the time is up', async () => {
  const child = await shell('exec sleep 600');
  await expect(child.ready(() => false, 20)).rejects.toThrow('waited 20 ms in vain for the shell to be ready');
  await child.kill();
});

it('refuses to start what is no program', async () => {
  await expect(
    startChild({ name: 'nothing', command: 'no-such-program', args: [], logFile: join(directory.path, 'none.log') }),
  ).rejects.toThrow('ENOENT');
});

/** A zombie that nobody waits for is as dead as one can be. */
function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}
