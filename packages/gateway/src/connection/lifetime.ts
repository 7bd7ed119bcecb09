/** When a client is told that its token ends, in epoch milliseconds: `leadMs` before, or with a fifth of what is left of a short one. */
export function expiringAt({ exp }: { exp: number }, now: number, leadMs: number): number {
  const end = exp * 1_000;
  return end - Math.min(leadMs, Math.max(0, end - now) / 5);
}

/**
 * When a connection has lived long enough: after `maxSeconds`, 0 for never. Give or take a tenth, so that those made together
 * do not all leave together.
 */
export function leavesAt(now: number, maxSeconds: number, random: () => number = Math.random): number {
  return maxSeconds === 0 ? Infinity : now + Math.round(maxSeconds * 1_000 * (0.9 + random() / 5));
}
