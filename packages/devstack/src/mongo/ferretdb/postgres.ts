import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startChild, type Exit } from '../../process/child.js';
import { inTree, inside, type Rooms } from './namespace.js';

export interface PostgresOptions {
  rooms: Rooms;
  logFile: string;
  /** Acknowledged writes survive a crash of the machine, not of the server alone. Default: true. */
  durable?: boolean;
}

export interface Postgres {
  exited: Promise<Exit>;
  /** Ends open sessions and writes a checkpoint. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** Starts PostgreSQL on a cluster; it listens on a Unix socket alone, so that instances can't collide. Resolves when it answers. */
export async function startPostgres({ rooms, logFile, durable = true }: PostgresOptions): Promise<Postgres> {
  const lockFile = join(rooms.data, 'postmaster.pid');
  // Left by a crash, it names a pid of a namespace that is gone. Two on one folder are kept apart by the caller.
  rmSync(lockFile, { force: true });
  const args = Object.entries(durable ? settings : { ...settings, fsync: 'off', full_page_writes: 'off' });
  const program = inTree(rooms, join(inside.bin, 'postgres'), [
    '-D',
    inside.data,
    ...args.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const child = await startChild({ name: 'PostgreSQL', ...program, logFile });
  const kill = async () => void (await child.kill());
  try {
    // The server itself writes there when it takes connections (as pg_ctl reads it).
    await child.ready(() => readFileSync(lockFile, 'utf8').split('\n')[7]?.trim() === 'ready', 120_000);
  } catch (error) {
    await kill();
    throw error;
  }
  const server = innerPid(child.pid);
  return {
    exited: child.exited,
    kill,
    async stop() {
      const late = setTimeout(() => void kill(), 20_000);
      // "Fast shutdown": https://www.postgresql.org/docs/18/server-shutdown.html
      if (child.isRunning()) process.kill(server, 'SIGINT');
      await child.exited.finally(() => clearTimeout(late));
    },
  };
}

/** `unshare` waits for one child, the first process of the namespace; signals go to that one. */
function innerPid(outer: number): number {
  return Number(readFileSync(`/proc/${outer}/task/${outer}/children`, 'utf8').trim().split(' ')[0]);
}

const settings = {
  listen_addresses: '',
  // Writers that race on the same rows are told apart at once, not after a second.
  deadlock_timeout: '50ms',
  unix_socket_directories: inside.sockets,
  shared_preload_libraries: 'pg_cron,pg_documentdb_core,pg_documentdb',
  'documentdb.localhost_connection_string': `host=${inside.sockets}`,
  'cron.database_name': 'postgres',
  'cron.host': inside.sockets,
  // Each run of each job would leave a row that nobody deletes.
  'cron.log_run': 'off',
  'cron.log_statement': 'off',
  // Statements in errors hold what users stored.
  log_min_messages: 'fatal',
  log_min_error_statement: 'panic',
  // FerretDB opens up to 50; the jobs of pg_cron and of index builds want some.
  max_connections: '100',
  shared_buffers: '256MB',
  // Nothing replicates from here.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '2GB',
  // Documents are small and queries short: neither pays.
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  jit: 'off',
  // What a MongoDB does: collations, passwords of any kind, indexes that are there soon.
  'documentdb_core.enableCollation': 'on',
  'documentdb.enableUsernamePasswordConstraints': 'off',
  'documentdb.indexBuildScheduleInSec': '1',
};
