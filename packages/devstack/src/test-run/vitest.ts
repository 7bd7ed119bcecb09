import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface VitestOptions {
  root: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
}

/** Runs vitest with this terminal and resolves with its exit code. A request to end is passed on; Ctrl-C reaches it by itself. */
export async function vitest({ root, args, env }: VitestOptions): Promise<number> {
  const child = spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  const end = () => child.kill('SIGTERM');
  const wait = () => {};
  process.on('SIGTERM', end).on('SIGINT', wait);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 130));
    });
  } finally {
    process.off('SIGTERM', end).off('SIGINT', wait);
  }
}
