/** How much of their full size heavy tests run at: `STORM_TEST_SCALE`, above 0 and at most 1. Default: 0.1. */
export function testScale(env: NodeJS.ProcessEnv = process.env): number {
  const scale = Number(env['STORM_TEST_SCALE'] ?? 0.1);
  if (!(scale > 0 && scale <= 1))
    throw new Error(`STORM_TEST_SCALE is ${env['STORM_TEST_SCALE']}: it must be above 0 and at most 1`);
  return scale;
}

/** A heavy test's count for this run: its part of the full one, but at least so many. */
export function scaled(full: number, atLeast = 1): number {
  return Math.min(full, Math.max(atLeast, Math.round(full * testScale())));
}
