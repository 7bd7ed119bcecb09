import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort, requireFree } from '../process/free-port.js';
import { silent, type Say } from '../process/say.js';
import { startFerretDb } from './ferretdb/start.js';
import { findMongo } from './find.js';
import { startMongod } from './mongod.js';
import type { MongoServer } from './server.js';

export interface MongoOptions {
  /** Keeps the data; made if missing. One instance per folder at a time. Not interchangeable between engines. */
  dir: string;
  /** Default: a free one. */
  port?: number;
  /** Without, nothing is flushed to disk: quicker, and only a crash of the whole machine shows. Default: true. */
  durable?: boolean;
  /** Default: `mongo.log` in `dir`. */
  logFile?: string;
  say?: Say;
}

/** Starts a MongoDB of its own on the loopback interface; resolves when it answers. It dies with this process. */
export async function startMongo(options: MongoOptions): Promise<MongoServer> {
  const { durable = true, say = silent } = options;
  const dir = resolve(options.dir);
  const { logFile = join(dir, 'mongo.log') } = options;
  const program = await findMongo(say);
  const port = options.port ? await requireFree(options.port) : await freePort();
  mkdirSync(dir, { recursive: true });
  if (program.kind === 'mongod') return startMongod({ command: program.command, dir, port, logFile });
  return startFerretDb({ programs: program.programs, dir, port, logFile, durable });
}
