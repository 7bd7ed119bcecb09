import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installDependencies } from './dependencies.mjs';
import { giveUp, root, runHere, step } from './terminal.mjs';

const services = 'packages/devstack/tsconfig.build.json';

/** Makes sure of Node's version, the dependencies and the build; each is quick when there is nothing to do. */
export async function setUp({ build = services } = {}) {
  requireNode();
  await installDependencies();
  await buildProject(build);
}

/** Loads a module that the build made of devstack's sources. */
export const built = (name) => import(pathToFileURL(join(root, 'packages/devstack/dist', name)).href);

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  giveUp(
    `Storm needs Node 20.19 or later, and this is ${process.version}. Get it from nodejs.org, or with nvm: \`nvm install 24\`.`,
  );
}

async function buildProject(project) {
  const expect = existsSync(join(root, 'packages/devstack/dist')) ? undefined : 'about half a minute';
  await step('building', expect, async () => {
    const { code, output } = await runHere(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', project], {
      quiet: true,
    });
    if (code !== 0) giveUp(`the build failed:\n${output}\nIf you changed no source: \`npx tsc -b --clean\`, then start again.`);
  });
}
