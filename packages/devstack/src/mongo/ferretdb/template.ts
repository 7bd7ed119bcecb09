import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../process/run.js';
import { step, type Say } from '../../process/say.js';
import { inTree, inside } from './namespace.js';
import { startPostgres } from './postgres.js';

export interface TemplateOptions {
  cache: string;
  tree: string;
  say: Say;
}

/**
 * An empty cluster with the extension in it, made once: a new instance is a copy, which takes a tenth of the time. It appears
 * under its name when it is whole, so that a kill on the way leaves no half of one.
 */
export async function makeTemplate({ cache, tree, say }: TemplateOptions): Promise<string> {
  const template = join(cache, 'mongo-template-1');
  if (existsSync(template)) return template;
  const draft = `${template}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  await step(say, { doing: 'preparing an empty database', expect: 'a few seconds' }, async () => {
    const sockets = join(cache, 'sockets');
    mkdirSync(sockets, { recursive: true });
    const rooms = { tree, data: draft, sockets };
    const initdb = inTree(rooms, join(inside.bin, 'initdb'), [
      ...['--pgdata', inside.data, '--username=postgres', '--auth=trust', '--encoding=UTF8'],
      ...['--no-locale', '--no-instructions', '--no-sync'],
    ]);
    await run(initdb.command, initdb.args);
    const postgres = await startPostgres({ rooms, logFile: join(cache, 'mongo-template.log') });
    try {
      const psql = inTree(rooms, join(inside.bin, 'psql'), [
        ...['--quiet', '--set=ON_ERROR_STOP=1', '--host', inside.sockets, '--username=postgres', '--dbname=postgres'],
        ...['--command', 'create extension documentdb cascade'],
      ]);
      await run(psql.command, psql.args);
    } finally {
      await postgres.stop();
    }
    renameSync(draft, template);
  });
  return template;
}
