/** What a test's random choices begin with: `STORM_TEST_SEED`, or another one each time. Print it: with it the choices come again. */
export function testSeed(env: NodeJS.ProcessEnv = process.env): number {
  const seed = Number(env['STORM_TEST_SEED'] ?? Math.floor(Math.random() * 1_000_000));
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new Error(`STORM_TEST_SEED is ${env['STORM_TEST_SEED']}: it must be a whole number from 0`);
  }
  return seed;
}

/** Numbers from 0 to below 1, evenly spread, always the same ones for a seed: a Weyl sequence, its terms mixed. */
export function seededRandom(seed: number): () => number {
  let term = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    term = (term + 0x9e3779b1) | 0;
    let mixed = Math.imul(term ^ (term >>> 15), 0x2c1b3c6d);
    mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
