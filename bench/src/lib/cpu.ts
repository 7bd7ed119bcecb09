import { readFileSync } from 'node:fs';

/** Linux counts process time in hundredths of a second. */
const tickMs = 10;

/** User and system time that processes have used so far, in milliseconds, from `/proc`. */
export function cpuMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) * tickMs;
  }, 0);
}
