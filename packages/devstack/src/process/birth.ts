import { readFileSync } from 'node:fs';

/** When a process began, in the kernel's ticks since boot: with the pid its name for good. Empty where there is no `/proc`. */
export function birthOf(pid: number): string {
  try {
    // After the name, which may hold anything: state is field 3, starttime field 22 (proc(5)).
    return (
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[19] ?? ''
    );
  } catch {
    return '';
  }
}

/** Whether this very process lives, and not another one that got its pid later. */
export function isAlive({ pid, born }: { pid: number; born: string }): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return birthOf(pid) === born;
}
