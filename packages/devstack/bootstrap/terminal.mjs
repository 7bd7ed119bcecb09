// For scripts that run before anything is installed or built: needs nothing but Node.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of the repository. */
export const root = resolve(fileURLToPath(import.meta.url), '../../../..');

/** Tells the person at the terminal one line, led by the seconds since the start. */
export function say(line) {
  process.stderr.write(`${(performance.now() / 1000).toFixed(1).padStart(6)}s  ${line}\n`);
}

/** Ends the process; the line names the next thing to try. */
export function giveUp(line) {
  say(line);
  process.exit(1);
}

/** Says what is done, and how long it took; with `expect`, also before and every ten seconds. */
export async function step(doing, expect, work) {
  const from = performance.now();
  const seconds = () => `${((performance.now() - from) / 1000).toFixed(1)} s`;
  if (expect) say(`${doing} (${expect})`);
  const reminder = expect && setInterval(() => say(`still ${doing}: ${seconds()}`), 10_000);
  await work();
  clearInterval(reminder);
  say(`${doing}: done in ${seconds()}`);
}

/** Runs a program in the top folder. Quiet: its output is kept and returned. */
export function runHere(command, args, { quiet = false } = {}) {
  const output = [];
  const child = spawn(command, args, { cwd: root, stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
  child.stdout?.on('data', (chunk) => output.push(chunk));
  child.stderr?.on('data', (chunk) => output.push(chunk));
  return new Promise((done) => {
    child.on('error', (error) => done({ code: 127, output: error.message }));
    child.on('close', (code) => done({ code: code ?? 128, output: Buffer.concat(output).toString() }));
  });
}
