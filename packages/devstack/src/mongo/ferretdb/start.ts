import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../../process/child.js';
import { pingMongo } from '../ping.js';
import type { MongoServer } from '../server.js';
import type { FerretDb } from './install.js';
import { startPostgres } from './postgres.js';

export interface FerretDbOptions {
  programs: FerretDb;
  dir: string;
  port: number;
  logFile: string;
  durable: boolean;
}

/** Starts PostgreSQL and FerretDB before it. They live and die as one: when either ends, the other is killed. */
export async function startFerretDb({ programs, dir, port, logFile, durable }: FerretDbOptions): Promise<MongoServer> {
  const data = join(dir, 'postgres');
  if (!existsSync(data)) copyTemplate(programs.template, data);
  const sockets = socketsOf(data);
  const removeSockets = () => rmSync(sockets, { recursive: true, force: true });
  removeSockets();
  mkdirSync(sockets, { mode: 0o700 });
  const postgres = await startPostgres({ rooms: { tree: programs.tree, data, sockets }, logFile, durable }).catch(
    (error: unknown) => {
      removeSockets();
      throw error;
    },
  );
  const url = `mongodb://127.0.0.1:${port}/`;
  const args = [
    ...[`--postgresql-url=postgres://postgres@/postgres?host=${sockets}`, `--listen-addr=127.0.0.1:${port}`],
    ...['--no-auth', `--state-dir=${dir}`, '--debug-addr=-', '--telemetry=disable', '--log-level=error'],
  ];
  const front = await startChild({ name: 'FerretDB', command: programs.command, args, logFile });
  const exited = Promise.all([postgres.exited, front.exited]).then(removeSockets);
  void front.exited.then(() => postgres.kill());
  void postgres.exited.then(() => front.kill());
  try {
    await front.ready(() => pingMongo(url));
  } catch (error) {
    await front.kill();
    await exited;
    throw error;
  }
  return {
    url,
    port,
    pid: front.pid,
    logFile,
    exited,
    async stop() {
      // The store first, in order: FerretDB's end would have it killed.
      await postgres.stop();
      await exited;
    },
    async crash() {
      await Promise.all([postgres.kill(), front.kill()]);
      await exited;
    },
  };
}

/** Not below the data: the path of a Unix socket has at most 107 characters. The same again after a crash: nothing piles up. */
function socketsOf(data: string): string {
  const name = createHash('sha256').update(data).digest('hex').slice(0, 12);
  return join(tmpdir(), `storm-mongo-${name}`);
}

function copyTemplate(template: string, data: string): void {
  const draft = `${data}.draft`;
  rmSync(draft, { recursive: true, force: true });
  cpSync(template, draft, { recursive: true, preserveTimestamps: true });
  renameSync(draft, data);
}
