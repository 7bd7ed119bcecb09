import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../process/child.js';
import { freePort, requireFree } from '../process/free-port.js';
import { silent, type Say } from '../process/say.js';
import { findRedis } from './find.js';
import { pingRedis } from './ping.js';

export interface RedisOptions {
  /** Keeps the data; made if missing. One instance per folder at a time. */
  dir: string;
  /** Default: a free one. */
  port?: number;
  /** As Redis writes it. Default: `512mb`. */
  maxmemory?: string;
  /** More settings by their names in redis.conf; they win over the ones below. */
  config?: Readonly<Record<string, string>>;
  /** Default: `redis.log` in `dir`. */
  logFile?: string;
  say?: Say;
}

export interface RedisServer {
  /** Without a database number. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly logFile: string;
  /** Settles when it has ended, for whatever reason. */
  readonly exited: Promise<unknown>;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** SIGKILL. */
  crash(): Promise<void>;
}

/**
 * Starts a Redis of its own on the loopback interface as Storm needs it: AOF flushed every second, nothing evicted.
 * Resolves when it answers; it dies with this process. Finds or installs `redis-server` first.
 */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const { dir, maxmemory = '512mb', config = {}, logFile = join(dir, 'redis.log'), say = silent } = options;
  const command = await findRedis(say);
  const port = options.port ? await requireFree(options.port) : await freePort();
  mkdirSync(dir, { recursive: true });
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir,
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
    maxmemory,
    save: '',
    daemonize: 'no',
    ...config,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = await startChild({ name: 'Redis', command, args, logFile });
  try {
    await child.ready(() => pingRedis(port));
  } catch (error) {
    await child.kill();
    throw error;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: child.pid,
    logFile,
    exited: child.exited,
    stop: async () => void (await child.stop()),
    crash: async () => void (await child.kill()),
  };
}
