/** One line with a heavy test's figures, on the terminal whatever the reporter. */
export function report(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Milliseconds as seconds, to be read. */
export const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
