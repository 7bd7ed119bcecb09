import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sayOnTerminal, step } from '../process/say.js';
import { testScale } from '../testing/scale.js';
import { readArguments, vitestArguments, type TestRun } from './arguments.js';
import { startTestServices } from './test-services.js';
import { vitest } from './vitest.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** `npm test`: brings up what tests need, runs them, takes it down. Resolves with the exit code. */
export async function runTests(args: readonly string[]): Promise<number> {
  const say = sayOnTerminal();
  const workspaces = readdirSync(join(root, 'packages')).filter((name) =>
    existsSync(join(root, 'packages', name, 'vitest.config.ts')),
  );
  const run = readArguments(args, workspaces);
  const services = await step(say, { doing: 'starting Redis and MongoDB for tests' }, () => startTestServices(say));
  say(`heavy tests run at ${testScale()} of their full size (STORM_TEST_SCALE)`);
  try {
    const env = { ...process.env, ...services.env };
    let worst = 0;
    for (const one of gates(run, workspaces)) worst = Math.max(worst, await vitest({ root, args: vitestArguments(one), env }));
    return worst;
  } finally {
    await services.stop();
  }
}

/** Coverage is gated by workspace: each must reach it by its own tests, so each has its own run. */
function gates(run: TestRun, workspaces: readonly string[]): TestRun[] {
  if (!run.coverage || run.workspace) return [run];
  return workspaces.map((workspace) => ({ ...run, workspace }));
}
