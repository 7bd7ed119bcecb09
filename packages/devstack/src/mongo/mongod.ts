import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../process/child.js';
import { pingMongo } from './ping.js';
import type { MongoServer } from './server.js';

export interface MongodOptions {
  command: string;
  dir: string;
  port: number;
  logFile: string;
}

/** Starts a `mongod` alone, with its journal: no replica set, as nothing here needs transactions or change streams. */
export async function startMongod({ command, dir, port, logFile }: MongodOptions): Promise<MongoServer> {
  const data = join(dir, 'mongod');
  mkdirSync(data, { recursive: true });
  const args = ['--dbpath', data, '--port', String(port), '--bind_ip', '127.0.0.1', '--quiet'];
  const child = await startChild({ name: 'mongod', command, args, logFile });
  const url = `mongodb://127.0.0.1:${port}/`;
  try {
    await child.ready(() => pingMongo(url), 60_000);
  } catch (error) {
    await child.kill();
    throw error;
  }
  return {
    url,
    port,
    pid: child.pid,
    logFile,
    exited: child.exited,
    stop: async () => void (await child.stop({ deadlineMs: 30_000 })),
    crash: async () => void (await child.kill()),
  };
}
