import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { waitUntil } from './wait-until.js';

/**
 * Does work that only one process of this machine may do at a time; the others wait up to 15 minutes. The lock file holds the
 * owner's pid, so that one left by a process that was killed is taken over.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await waitUntil(() => tryLock(path), { timeoutMs: 15 * 60_000, everyMs: 100, what: `the lock ${path}` });
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** Takes the lock if nobody who lives has it. */
export function tryLock(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!ownerLives(path)) rmSync(path, { force: true });
    return false;
  }
}

/** The pid in a lock file, if such a process lives. */
export function lockOwner(path: string): number | undefined {
  return ownerLives(path) || undefined;
}

function ownerLives(path: string): number {
  let pid: number;
  try {
    pid = Number(readFileSync(path, 'utf8'));
  } catch {
    return 0;
  }
  // Just made and not yet written to: its owner lives.
  if (!pid) return process.pid;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : 0;
  }
}
