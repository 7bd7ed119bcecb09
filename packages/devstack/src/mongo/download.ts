import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../process/run.js';
import { step, type Say } from '../process/say.js';

/** A network that was closed is asked again after a day. */
const rememberFailureMs = 24 * 60 * 60_000;

/**
 * The `mongod` that mongodb-memory-server knows for this machine: kept in the cache, downloaded on first use. Undefined where
 * it can't be had; that is remembered in the cache for a day, so that only the first start waits for a closed network.
 */
export async function downloadMongod(
  cache: string,
  say: Say,
  { download = downloadInto }: { download?: (directory: string) => Promise<string> } = {},
): Promise<string | undefined> {
  const directory = join(cache, 'mongod');
  const failure = join(cache, 'mongod-download-failed');
  if (isFresh(failure)) {
    say(`no download of mongod: it failed less than a day ago (delete ${failure} to try again)`);
    return undefined;
  }
  const what = isDownloaded(directory)
    ? { doing: 'looking for mongod in the cache' }
    : { doing: 'downloading mongod', expect: '80 MB; given up after 25 s of silence' };
  try {
    return await step(say, what, () => download(directory));
  } catch (error) {
    writeFileSync(failure, `${(error as Error).message}\n`);
    say('mongod can not be downloaded here; going on with FerretDB');
    return undefined;
  }
}

const isFresh = (path: string) => existsSync(path) && Date.now() - statSync(path).mtimeMs < rememberFailureMs;

const isDownloaded = (directory: string) =>
  existsSync(directory) && readdirSync(directory).some((name) => name.startsWith('mongod-') && !name.endsWith('.lock'));

/** In a process of its own, which can be ended when no byte came for as long as patience lasts; it leaves nothing half done. */
export async function downloadInto(directory: string, { patienceMs = 25_000 } = {}): Promise<string> {
  const script = `import { MongoBinary } from 'mongodb-memory-server-core';
process.stdout.write('path:' + (await MongoBinary.getPath({ downloadDir: ${JSON.stringify(directory)} })));`;
  mkdirSync(directory, { recursive: true });
  const silence = new AbortController();
  const watch = watchGrowth(directory, patienceMs, () => silence.abort(new Error(`no byte for ${patienceMs / 1000} s`)));
  try {
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const output = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd, signal: silence.signal });
    const path = /path:(.+)$/.exec(output)?.[1];
    if (!path) throw new Error('mongodb-memory-server named no mongod');
    return path;
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  } finally {
    clearInterval(watch);
  }
}

/** Calls back when no file of the folder has grown for so long. */
function watchGrowth(directory: string, patienceMs: number, onSilence: () => void): NodeJS.Timeout {
  const size = () =>
    readdirSync(directory).reduce(
      (sum, name) => sum + (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  let last = size();
  let since = performance.now();
  return setInterval(() => {
    const now = size();
    if (now !== last) since = performance.now();
    last = now;
    if (performance.now() - since > patienceMs) onSilence();
  }, patienceMs / 50);
}
