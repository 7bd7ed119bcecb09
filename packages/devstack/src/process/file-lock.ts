import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { birthOf, isAlive } from './birth.js';
import { waitUntil } from './wait-until.js';

/** Does work that only one process of this machine may do at a time; the others wait up to 15 minutes. */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await waitUntil(() => tryLock(path), { timeoutMs: 15 * 60_000, everyMs: 100, what: `the lock ${path}` });
  try {
    return await work();
  } finally {
    unlock(path);
  }
}

/** Takes the lock if no live process has it; a file left by one that was killed is removed for the next try. */
export function tryLock(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid} ${birthOf(process.pid)}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (lockOwner(path) === undefined) unlock(path);
    return false;
  }
}

export const unlock = (path: string): void => rmSync(path, { force: true });

/** The pid in a lock file, if that process lives. */
export function lockOwner(path: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  // Just made and not yet written to: its owner lives.
  if (!text) return process.pid;
  const [pid, born = ''] = text.split(' ');
  return isAlive({ pid: Number(pid), born }) ? Number(pid) : undefined;
}
