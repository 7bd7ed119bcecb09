import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, it } from 'vitest';
import { temporaryDirectory } from '../src/process/temporary-directory.js';
import { StackDescription } from '../src/stack/index.js';
import { eventually } from '../src/testing/eventually.js';
import { isAlive } from './is-alive.js';

const directory = temporaryDirectory();
const data = join(directory.path, 'data');
let child: ChildProcess | undefined;

afterEach(() => child?.kill('SIGKILL'));
afterAll(() => directory.remove());

function start(...args: string[]) {
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  const env = { ...process.env, REDIS_URL: '', MONGO_URL: '' };
  const started = spawn(process.execPath, [main, '--data', data, ...args], { env });
  child = started;
  const output: string[] = [];
  for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const exit = new Promise<number | null>((resolve) => started.once('close', resolve));
  return { started, exit, text: () => output.join('') };
}

async function startAndWait() {
  const run = start();
  await eventually(() => run.text().includes('Ctrl-C ends it'), { timeoutMs: 60_000 });
  const description = StackDescription.parse(JSON.parse(readFileSync(join(data, 'stack.json'), 'utf8')));
  return { ...run, pids: Object.values(description.pids).flat() };
}

it('plays the scenario once and ends well', async () => {
  const { exit, text } = start('--once', '--unlimited');
  expect(await exit).toBe(0);
  expect(text()).toContain('without rate limits');
  expect(text()).toContain('All of it is as it should be.');
  expect(existsSync(join(data, 'stack.json'))).toBe(false);
}, 90_000);

it('stays up until Ctrl-C, and stops all of it in order', async () => {
  const { started, exit, text, pids } = await startAndWait();
  expect(pids.filter((pid) => !isAlive(pid))).toEqual([]);
  started.kill('SIGINT');
  expect(await exit).toBe(0);
  expect(text()).toContain('everything is stopped');
  expect(pids.filter(isAlive)).toEqual([]);
}, 90_000);

it('leaves nothing behind when it is killed, and starts again on the same data', async () => {
  const { started, exit, pids } = await startAndWait();
  started.kill('SIGKILL');
  await exit;
  await eventually(() => pids.every((pid) => !isAlive(pid)));
  expect(await start('--once').exit).toBe(0);
}, 120_000);

it('can be ended while it starts', async () => {
  const { started, exit, text } = start();
  await eventually(() => text().includes('starting MongoDB: done'), { timeoutMs: 30_000 });
  started.kill('SIGTERM');
  expect(await exit).toBe(130);
  expect(text()).toContain('stopping (SIGTERM)');
}, 60_000);

it('tells how it is used when an option is wrong', async () => {
  const wrong = start('--workers', 'none');
  expect(await wrong.exit).toBe(2);
  expect(wrong.text()).toMatch(/--workers: .*npm start -- \[options\]/s);
  const help = start('--help');
  expect(await help.exit).toBe(0);
});
