import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { silent } from '../process/say.js';
import { temporaryDirectory } from '../process/temporary-directory.js';
import { StandIns } from '../testing/stand-ins.js';
import { findRedis } from './find.js';
import { installRedis } from './install.js';

let directory: ReturnType<typeof temporaryDirectory>;
let programs: StandIns;
const redisServer = () => join(directory.path, 'redis-server');
const asUser = (uid: number) => vi.spyOn(process, 'getuid').mockReturnValue(uid);
const installs = `echo "at runlevel $RUNLEVEL" >> "$log"
case "$*" in *install*) /bin/cp "$0" "${'$'}{0%/*}/redis-server";; esac`;

beforeEach(() => {
  directory = temporaryDirectory();
  programs = new StandIns(directory.path);
  symlinkSync('/usr/bin/env', join(directory.path, 'env'));
  vi.stubEnv('PATH', directory.path);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  directory.remove();
});

it('takes the one on PATH without installing anything', async () => {
  const present = programs.add('redis-server');
  expect(await findRedis(silent)).toBe(present);
});

it('installs with apt-get as root, saying so, without starting a service', async () => {
  asUser(0);
  programs.add('apt-get', installs);
  const lines: string[] = [];
  expect(await findRedis((line) => lines.push(line))).toBe(redisServer());
  expect(lines[0]).toBe('installing Redis with apt-get (up to a minute)');
  expect(programs.calls).toEqual([
    'apt-get update -qq',
    'at runlevel 1',
    'apt-get install -y -qq --no-install-recommends redis-server',
    'at runlevel 1',
  ]);
});

it('installs by sudo where that asks for no password', async () => {
  asUser(1000);
  programs.add('apt-get', installs);
  programs.add('sudo', '[ "$2" = true ] && exit 0; shift; exec "$@"');
  const lines: string[] = [];
  expect(await installRedis((line) => lines.push(line))).toBe(redisServer());
  expect(lines[0]).toContain('sudo apt-get');
});

it('installs with brew on a Mac', async () => {
  vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin');
  programs.add('brew', installs);
  expect(await installRedis(silent)).toBe(redisServer());
  expect(programs.calls[0]).toBe('brew install redis');
});

it('names what to try where nothing may be installed', async () => {
  asUser(1000);
  await expect(installRedis(silent)).rejects.toThrow(/no redis-server found.*set REDIS_URL/);
  programs.add('apt-get', installs);
  programs.add('sudo', 'exit 1');
  await expect(installRedis(silent)).rejects.toThrow(/no redis-server found.*set REDIS_URL/);
});

it('names what to try when the installation fails, and why it did', async () => {
  asUser(0);
  programs.add('apt-get', 'echo no space >&2; exit 100');
  const failed = installRedis(silent);
  await expect(failed).rejects.toThrow(/could not be installed.*set REDIS_URL/);
  await expect(failed).rejects.toMatchObject({ cause: { message: expect.stringContaining('no space') as string } });
});

it('does not believe an installation that brought no redis-server', async () => {
  asUser(0);
  programs.add('apt-get');
  await expect(installRedis(silent)).rejects.toThrow('installed no redis-server');
});
