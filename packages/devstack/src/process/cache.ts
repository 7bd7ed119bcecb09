import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder of fetched and built programs, shared by all checkouts: `STORM_CACHE`, else `/var/tmp/storm-cache`, else, where
 * that is another user's, `~/.cache/storm`. About 850 MB with everything in it; may be deleted at any time.
 */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  if (env['STORM_CACHE']) return usable(env['STORM_CACHE']);
  try {
    return usable('/var/tmp/storm-cache');
  } catch {
    return usable(join(homedir(), '.cache', 'storm'));
  }
}

function usable(directory: string): string {
  mkdirSync(directory, { recursive: true });
  accessSync(directory, constants.W_OK);
  return directory;
}
