import { join } from 'node:path';
import { startStack, temporaryDirectory, type Stack, type StackOptions } from '@storm/devstack';

/** Starts a whole Storm of its own with its rate limits lifted, does the work with it, and leaves nothing behind. */
export async function withStack(
  options: Omit<StackOptions, 'dataDir' | 'unlimited'>,
  work: (stack: Stack, dataDir: string) => Promise<void>,
): Promise<void> {
  const folder = temporaryDirectory('storm-bench-');
  const dataDir = join(folder.path, 'data');
  try {
    const stack = await startStack({ ...options, dataDir, unlimited: true });
    try {
      await work(stack, dataDir);
    } finally {
      await stack.stop();
    }
  } finally {
    folder.remove();
  }
}
