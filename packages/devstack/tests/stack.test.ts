import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Refused, Rest } from '../src/clients/rest.js';
import { Socket } from '../src/clients/socket.js';
import { temporaryDirectory } from '../src/process/temporary-directory.js';
import { playScenario } from '../src/scenario/play.js';
import { startStack, StackDescription, type Stack } from '../src/stack/index.js';
import { eventually } from '../src/testing/eventually.js';
import { isAlive } from './is-alive.js';

const directory = temporaryDirectory();
const dataDir = join(directory.path, 'data');
const said: string[] = [];
let stack: Stack;

const stackFile = () => StackDescription.parse(JSON.parse(readFileSync(join(dataDir, 'stack.json'), 'utf8')));
const start = () => startStack({ dataDir, unlimited: true, say: (line) => said.push(line) });
const play = (changed: Partial<Parameters<typeof playScenario>[0]> = {}) => {
  const { api, gateways, mongo } = stack.description;
  const lines: string[] = [];
  const options = {
    api: api[0] ?? '',
    gateways: [gateways[0] ?? '', gateways[1] ?? ''],
    mongo,
    write: (line: string) => void lines.push(line),
  } as const;
  return { lines, result: playScenario({ ...options, ...changed }) };
};

beforeAll(async () => {
  stack = await start();
});
afterAll(async () => {
  await stack.stop();
  directory.remove();
});

it('describes itself to tools once everything is ready', async () => {
  const described = stackFile();
  expect(described).toEqual(stack.description);
  expect([described.api.length, described.gateways.length]).toEqual([1, 2]);
  for (const url of Object.values(described.http).flat()) {
    for (const path of ['/health', '/readiness', '/metrics']) expect((await fetch(`${url}${path}`)).status).toBe(200);
  }
  const pids = Object.values(described.pids).flat();
  expect(pids).toHaveLength(6);
  expect(pids.filter((pid) => !isAlive(pid))).toEqual([]);
  expect(existsSync(join(described.logs, 'gateway-2.log'))).toBe(true);
});

it('lets no second stack onto the same data', async () => {
  await expect(start()).rejects.toThrow('is in use by process');
});

it('plays the scenario, every fact of it as it should be', async () => {
  const { lines, result } = play();
  const { channelId } = await result;
  expect(lines.filter((line) => line.includes('✔')).length).toBeGreaterThan(15);
  expect(channelId).toMatch(/^c/);
});

it('stops the scenario where a fact differs', async () => {
  const { lines, result } = play({ database: 'another' });
  await expect(result).rejects.toThrow('there is one row: should be 1, is 0');
  expect(lines.at(-1)).toContain('✘ there is one row');
});

it('starts again what was killed, and says so to people and tools', async () => {
  const { pids } = stackFile();
  for (const service of ['worker', 'gateway', 'redis', 'mongo']) process.kill(pids[service]?.[0] ?? 0, 'SIGKILL');
  await eventually(
    () => {
      const now = stackFile().pids;
      expect(Object.values(now).flat()).toHaveLength(6);
      for (const service of ['worker', 'gateway', 'redis', 'mongo']) expect(now[service]?.[0]).not.toBe(pids[service]?.[0]);
      return true;
    },
    { timeoutMs: 30_000, everyMs: 100 },
  );
  expect(said).toContain('worker 1 ended unexpectedly; starting it again');
  expect(said).toContain('gateway 1 is back');
  await eventually(() => play().result, { timeoutMs: 30_000, everyMs: 500 });
}, 90_000);

it('keeps everything over a stop and a start, and leaves no process in between', async () => {
  const { result } = play();
  const { accessToken, channelId } = await result;
  const pids = Object.values(stack.description.pids).flat();

  await stack.stop();
  await stack.stop();
  expect(pids.filter(isAlive)).toEqual([]);
  expect(existsSync(join(dataDir, 'stack.json'))).toBe(false);

  stack = await start();
  const rest = new Rest({ baseUrl: stack.description.api[0] ?? '', accessToken });
  const { data } = await rest.call(z.array(z.looseObject({ text: z.string() })), 'GET', `/channels/${channelId}/messages`);
  expect(data.map(({ text }) => text)).toEqual(['Hello Bob, can you hear the storm?', 'Loud and clear.']);
}, 60_000);

it('gives each service only the secrets that are its own', () => {
  const environment = (pid: number) => readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  const { pids } = stack.description;
  const has = (service: string, name: string) => environment(pids[service]?.[0] ?? 0).some((line) => line.startsWith(`${name}=`));
  expect([has('worker', 'MASTER_KEYS_FILE'), has('api', 'MASTER_KEYS_FILE'), has('gateway', 'MASTER_KEYS_FILE')]).toEqual([
    true,
    false,
    false,
  ]);
});

it('has clients that tell what the services said', async () => {
  const rest = new Rest({ baseUrl: stack.description.api[0] ?? '' });
  const refused = rest.call(z.unknown(), 'GET', '/channels');
  await expect(refused).rejects.toThrow(Refused);
  await expect(refused).rejects.toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
  await expect(Socket.connect(stack.description.gateways[0] ?? '', 'no token')).rejects.toThrow(
    'closed the connection with 4401',
  );
});

it('starts nothing that it could not empty', async () => {
  const external = { redis: 'redis://127.0.0.1:1' };
  await expect(startStack({ dataDir: join(directory.path, 'other'), fresh: true, external })).rejects.toThrow(
    'empty it yourself',
  );
  expect(existsSync(join(directory.path, 'other'))).toBe(false);
});

it('stops what it had started when a part does not start, and says why', async () => {
  const env = () => ({ QUEUE_SHARDS: 'many' });
  const failed = startStack({ dataDir: join(directory.path, 'broken'), env, gateways: 1 });
  await expect(failed).rejects.toThrow(/worker 1 ended \(exit code 1\).*QUEUE_SHARDS/s);
  expect(existsSync(join(directory.path, 'broken/lock'))).toBe(false);
}, 60_000);

it('ends a start that is not wanted any more', async () => {
  const signal = AbortSignal.abort(new Error('asked to end'));
  await expect(startStack({ dataDir: join(directory.path, 'aborted'), signal })).rejects.toThrow('asked to end');
});
