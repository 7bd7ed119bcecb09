import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** After this long the wait is given up. Default: 10,000 ms. */
  timeoutMs?: number;
  /** Between two checks. Default: 20 ms. */
  everyMs?: number;
  /** Names what is waited for in the error. */
  what?: string;
  /** Fires when there is no more point in waiting; its reason is thrown. */
  signal?: AbortSignal;
}

/**
 * Polls until the check answers something truthy and returns that. A check that throws counts as "not yet".
 * Throws when the time is up, with the last error as its cause.
 */
export async function waitUntil<T>(check: () => T | Promise<T>, options: WaitOptions = {}): Promise<NonNullable<T>> {
  const { timeoutMs = 10_000, everyMs = 20, what = 'the condition', signal } = options;
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const answer = await check();
      if (answer) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause });
    await sleep(everyMs);
  }
}
