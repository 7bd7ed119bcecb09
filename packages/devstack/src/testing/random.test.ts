import { expect, it } from 'vitest';
import { seededRandom, testSeed } from './random.js';

const take = (count: number, random: () => number) => Array.from({ length: count }, random);

it('gives the same numbers for a seed, and others for another one', () => {
  expect(take(100, seededRandom(7))).toEqual(take(100, seededRandom(7)));
  expect(take(1, seededRandom(7))).not.toEqual(take(1, seededRandom(8)));
});

it.each([0, 1, 2, 123_456])('spreads them evenly (seed %i)', (seed) => {
  const counts = Array.from({ length: 10 }, () => 0);
  for (const number of take(100_000, seededRandom(seed)))
    counts[Math.floor(number * 10)] = (counts[Math.floor(number * 10)] ?? 0) + 1;
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(600);
});

it('takes the seed that it is told, and no nonsense', () => {
  expect(testSeed({ STORM_TEST_SEED: '42' })).toBe(42);
  expect(testSeed({})).toBeLessThan(1_000_000);
  expect(() => testSeed({ STORM_TEST_SEED: 'x' })).toThrow('STORM_TEST_SEED is x');
});
