import { cacheDirectory } from '../process/cache.js';
import type { Say } from '../process/say.js';
import { isExecutable, which } from '../process/which.js';
import { downloadMongod } from './download.js';
import { installFerretDb, type FerretDb } from './ferretdb/install.js';

/** What can be started to have a MongoDB. */
export type MongoProgram = { kind: 'mongod'; command: string } | { kind: 'ferretdb'; programs: FerretDb };

/**
 * The first that there is: the `mongod` named by `MONGOMS_SYSTEM_BINARY`, the one on PATH, the one that mongodb-memory-server
 * downloads, FerretDB on PostgreSQL. Throws with the next thing to try.
 */
export async function findMongo(
  say: Say,
  env: NodeJS.ProcessEnv = process.env,
  { download = downloadMongod, install = installFerretDb } = {},
): Promise<MongoProgram> {
  const named = env['MONGOMS_SYSTEM_BINARY'];
  if (named && !isExecutable(named)) throw new Error(`MONGOMS_SYSTEM_BINARY names ${named}, which is no program`);
  const present = named ?? which('mongod', env);
  if (present) return { kind: 'mongod', command: present };

  const cache = cacheDirectory(env);
  const downloaded = await download(cache, say);
  if (downloaded) return { kind: 'mongod', command: downloaded };
  try {
    return { kind: 'ferretdb', programs: await install(cache, say) };
  } catch (error) {
    throw new Error(
      `no MongoDB: ${(error as Error).message}\nAny of these helps: set MONGO_URL to a MongoDB that may be used; install MongoDB so that ` +
        '`mongod` is on PATH; let this machine download it.',
      { cause: error },
    );
  }
}
