import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoff } from './backoff.js';

it('doubles from base to cap', () => {
  const waits = [0, 1, 2, 3, 20].map((attempt) => backoff(attempt, { base: 100, cap: 1_000 }, () => 1));
  expect(waits).toEqual([100, 200, 400, 800, 1_000]);
});

it('stays between half the step and the cap, for any attempt', () => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
      const wait = backoff(attempt, { base: 100, cap: 30_000 }, () => random);
      expect(wait).toBeGreaterThanOrEqual(50);
      expect(wait).toBeLessThanOrEqual(30_000);
    }),
  );
});
