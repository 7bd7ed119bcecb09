import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack, type Stack, type StackOptions } from '@storm/devstack';

/** Starts a whole Storm of its own with its rate limits lifted, does the work with it, and leaves nothing behind. */
export async function withStack(
  options: Omit<StackOptions, 'dataDir' | 'unlimited'>,
  work: (stack: Stack, dataDir: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'storm-bench-'));
  const dataDir = join(folder, 'data');
  try {
    const stack = await startStack({ ...options, dataDir, unlimited: true });
    try {
      await work(stack, dataDir);
    } finally {
      await stack.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
