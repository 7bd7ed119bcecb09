import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.js';
import { startChild } from './child.js';
import { Supervised } from './supervised.js';
import { temporaryDirectory } from './temporary-directory.js';

const directory = temporaryDirectory();
const said: string[] = [];
let starts = 0;
let script: string;
let changes = 0;

const start = async () => {
  starts += 1;
  const child = await startChild({ name: 'it', command: 'sh', args: ['-c', script], logFile: join(directory.path, 'log') });
  await child
    .ready(() => !script.includes('never'), 50)
    .catch(async (error: unknown) => {
      await child.kill();
      throw error;
    });
  return child;
};
const kept = new Supervised({ name: 'it', start, say: (line) => said.push(line), onChange: () => (changes += 1) });

beforeEach(() => {
  script = 'exec sleep 600';
  starts = changes = 0;
  said.length = 0;
});
afterEach(() => kept.stop());
afterAll(() => directory.remove());

it('starts again what was killed, and says so', async () => {
  const first = await kept.start();
  await first.kill();
  await eventually(() => kept.current !== undefined && kept.current.pid !== first.pid);
  expect(said).toEqual(['it ended unexpectedly; starting it again', 'it is back']);
  expect(changes).toBe(3);
});

it('leaves alone what was stopped, until it is started again', async () => {
  const first = await kept.start();
  await kept.stop();
  await kept.stop();
  expect(first.isRunning()).toBe(false);
  expect(kept.current).toBeUndefined();
  expect([starts, said]).toEqual([1, []]);
  expect((await kept.start()).isRunning()).toBe(true);
});

it('passes on why the first start failed', async () => {
  script = 'echo never ready; exit 1';
  await expect(kept.start()).rejects.toThrow('never ready');
  expect(starts).toBe(1);
});

it('tries again and again, and can be stopped while it does', async () => {
  const first = await kept.start();
  script = 'never() { :; }; exit 1';
  await first.kill();
  await eventually(() => starts === 3);
  await kept.stop();
  expect(said.filter((line) => line.startsWith('it does not start: ')).length).toBeGreaterThan(0);
  expect(kept.current).toBeUndefined();
});
