import { run } from '../process/run.js';
import { step, type Say } from '../process/say.js';
import { which } from '../process/which.js';

/** Installs Redis with the machine's package manager and returns the path of `redis-server`. Throws with the next thing to try. */
export async function installRedis(say: Say): Promise<string> {
  const install = await installer();
  if (!install) throw new Error(`no redis-server found, and no package manager to install it that may be used here. ${advice}`);
  try {
    await step(say, { doing: `installing Redis with ${install.name}`, expect: 'up to a minute' }, install.install);
  } catch (error) {
    throw new Error(`Redis could not be installed. ${advice}`, { cause: error });
  }
  const found = which('redis-server');
  if (!found) throw new Error(`${install.name} installed no redis-server. ${advice}`);
  return found;
}

const advice = 'Install Redis 7 or later so that `redis-server` is on PATH, or set REDIS_URL to a Redis that may be used.';

interface Installer {
  name: string;
  install: () => Promise<unknown>;
}

async function installer(): Promise<Installer | undefined> {
  if (process.platform === 'darwin' && which('brew')) return { name: 'brew', install: () => run('brew', ['install', 'redis']) };
  if (!which('apt-get')) return undefined;
  if (process.getuid?.() === 0) return { name: 'apt-get', install: () => aptInstall([]) };
  if (which('sudo') && (await passwordlessSudo())) return { name: 'sudo apt-get', install: () => aptInstall(['sudo', '-n']) };
  return undefined;
}

async function aptInstall(prefix: readonly string[]): Promise<void> {
  // RUNLEVEL=1: the package would start a Redis of its own on port 6379 otherwise.
  const [command = 'env', ...args] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get'];
  await run(command, [...args, 'update', '-qq']);
  await run(command, [...args, 'install', '-y', '-qq', '--no-install-recommends', 'redis-server']);
}

async function passwordlessSudo(): Promise<boolean> {
  return run('sudo', ['-n', 'true']).then(
    () => true,
    () => false,
  );
}
