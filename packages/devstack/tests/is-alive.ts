import { readFileSync } from 'node:fs';

/** Whether a process lives; a zombie that nobody waits for does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
