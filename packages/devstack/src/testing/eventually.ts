import { waitUntil, type WaitOptions } from '../process/wait-until.js';

/**
 * Polls a condition and returns its first truthy answer; a check that throws (a failed `expect`, say) counts as "not yet".
 * Throws that last error when the time (default: 10,000 ms) is up, so that the test shows what was still wrong.
 */
export async function eventually<T>(check: () => T | Promise<T>, options?: WaitOptions): Promise<NonNullable<T>> {
  try {
    return await waitUntil(check, options);
  } catch (error) {
    if (error instanceof Error && error.cause instanceof Error) throw error.cause;
    throw error;
  }
}
