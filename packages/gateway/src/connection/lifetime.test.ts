import { expect, it } from 'vitest';
import { expiringAt, leavesAt } from './lifetime.js';

it('tells of the end of a token a minute before, or with a fifth of what is left', () => {
  expect(expiringAt({ exp: 900 }, 0, 60_000)).toBe(840_000);
  expect(expiringAt({ exp: 100 }, 0, 60_000)).toBe(80_000);
  expect(expiringAt({ exp: 100 }, 90_000, 60_000)).toBe(98_000);
  expect(expiringAt({ exp: 100 }, 200_000, 60_000)).toBe(100_000);
});

it('lets a connection live as long as it may, give or take a tenth, and without a limit for ever', () => {
  expect([0, 0.5, 1].map((random) => leavesAt(1_000, 100, () => random))).toEqual([91_000, 101_000, 111_000]);
  expect(leavesAt(1_000, 0)).toBe(Infinity);
});
