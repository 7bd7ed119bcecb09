import { join } from 'node:path';
import { withFileLock } from '../../process/file-lock.js';
import type { Say } from '../../process/say.js';
import { buildFerretDb } from './build.js';
import { requireNamespaces } from './namespace.js';
import { makeTemplate } from './template.js';
import { unpackPostgres } from './unpack-postgres.js';

/**
 * FerretDB (the wire protocol) and what it needs below: PostgreSQL with the DocumentDB extension (the store), as a tree of
 * Debian files to enter, and a freshly made cluster to copy for each new instance.
 */
export interface FerretDb {
  command: string;
  /** Root of the file tree. */
  tree: string;
  /** The data folder of a cluster that has the extension and no data. */
  template: string;
}

/** Builds, fetches and prepares what is not yet in the cache: about two minutes the first time. */
export async function installFerretDb(cache: string, say: Say): Promise<FerretDb> {
  await requireNamespaces();
  return withFileLock(join(cache, 'ferretdb.lock'), async () => {
    const command = await buildFerretDb(cache, say);
    const tree = await unpackPostgres(cache, say);
    const template = await makeTemplate({ cache, tree, say });
    return { command, tree, template };
  });
}
