import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { giveUp, root, runHere, step } from './terminal.mjs';

const wanted = join(root, 'package-lock.json');
const installed = join(root, 'node_modules/.package-lock.json');
const stamp = join(root, 'node_modules/.storm-installed');

/** Runs `npm ci` unless what package-lock.json asks for is there, by whatever means it came. */
export async function installDependencies() {
  const hash = createHash('sha256').update(readFileSync(wanted)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  if (!isComplete()) {
    await step('installing dependencies', 'half a minute to two', async () => {
      const { code, output } = await runHere('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { quiet: true });
      if (code !== 0)
        giveUp(`npm ci failed:\n${output}\nIs the package registry reachable? \`npm ping\` tells; then start again.`);
    });
  }
  writeFileSync(stamp, hash);
}

/** Compares with the record that npm keeps of what it installed; packages for other platforms are left out there. */
function isComplete() {
  if (!existsSync(installed)) return false;
  const packages = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(JSON.parse(readFileSync(wanted, 'utf8')).packages).every(([path, { version, integrity, optional }]) => {
    const found = packages[path];
    return path === '' || (found ? found.version === version && found.integrity === integrity : optional);
  });
}
