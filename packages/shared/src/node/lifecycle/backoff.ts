/**
 * Exponential backoff with jitter: the wait before the n-th retry (n from 0), in milliseconds, between half of
 * `base · 2ⁿ` and all of it, at most `cap`.
 */
export function backoff(attempt: number, { base = 100, cap = 30_000 } = {}, random: () => number = Math.random): number {
  return Math.min(cap, base * 2 ** Math.min(attempt, 30)) * (0.5 + random() / 2);
}
