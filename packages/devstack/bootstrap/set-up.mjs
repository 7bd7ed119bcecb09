// What must be there before anything built can run. Needs nothing but Node: no dependency, no syntax younger than Node 18.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
export const bin = (name) => join(root, 'node_modules', '.bin', name);

const began = performance.now();

export function say(line) {
  process.stderr.write(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)}s  ${line}\n`);
}

/** Ends the process with one clear line and the next thing to try. */
export function giveUp(line) {
  say(line);
  process.exit(1);
}

/** Makes sure of the Node version, the dependencies and the build; each is quick when there is nothing to do. */
export async function setUp({ build = true } = {}) {
  requireNode();
  await installDependencies();
  if (build) await buildAll();
}

/** Runs a program in the root folder with this terminal; resolves with its exit code. */
export function runHere(command, args, { env = process.env, quiet = false } = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: ['inherit', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => done({ code: 127, output: error.message }));
    child.on('close', (code, signal) => done({ code: code ?? 128, signal, output }));
  });
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  giveUp(
    `Storm needs Node 20.19 or later; this is ${process.version}. Get one from https://nodejs.org or with nvm: \`nvm install 24\`.`,
  );
}

async function installDependencies() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.storm-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  await step('installing dependencies', 'half a minute to two', async () => {
    const { code, output } = await runHere('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { quiet: true });
    if (code !== 0) giveUp(`npm ci failed:\n${output}\nIs the package registry reachable? \`npm ping\` tells; then start again.`);
  });
  writeFileSync(stamp, lock);
}

async function buildAll() {
  await step('building', existsSync(join(root, 'packages/devstack/dist')) ? undefined : 'about half a minute', async () => {
    const { code, output } = await runHere(process.execPath, [bin('tsc'), '-b'], { quiet: true });
    if (code !== 0) giveUp(`the build failed:\n${output}\nIf the sources are unchanged, \`npx tsc -b --clean\` and start again.`);
  });
}

async function step(doing, expect, work) {
  const from = performance.now();
  const seconds = () => `${((performance.now() - from) / 1000).toFixed(1)} s`;
  if (expect) say(`${doing} (${expect})`);
  const reminder = expect && setInterval(() => say(`still ${doing}: ${seconds()}`), 10_000);
  await work();
  clearInterval(reminder);
  say(`${doing}: done in ${seconds()}`);
}
