import { readFileSync } from 'node:fs';

/** The last lines of a log, at most 2,000 characters; empty if there is none. */
export function logTail(path: string, lines = 15): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines).join('\n').slice(-2_000);
  } catch {
    return '';
  }
}
