import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { readEnv } from '../env/read-env.js';
import { limitsEnv } from '../env/sections.js';
import { rulesOf, steady } from './rules.js';

const read = (env: Record<string, string> = {}) => readEnv(z.object(limitsEnv), env);

it('has the limits of the protocol by default', () => {
  expect(rulesOf(read())).toMatchObject({
    anonymous: { points: 100, seconds: 3_600, by: 'address' },
    user: { points: 1_000, seconds: 3_600, by: 'user' },
    sends: { points: 20, seconds: 20, by: 'user' },
  });
});

it('makes a window that has room for a burst and is never faster than the rate', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e4 }), (perMinute, burst) => {
      const { points, seconds } = steady(perMinute, burst);
      expect(Number.isInteger(seconds)).toBe(true);
      expect(points).toBeGreaterThanOrEqual(burst);
      expect((points / seconds) * 60).toBeLessThanOrEqual(perMinute * (1 + 1e-9));
      expect(seconds).toBeLessThan((burst * 60) / perMinute + 1);
    }),
  );
});

it('takes addresses and networks that are always let through, and refuses anything else by its name', () => {
  expect(read({ LIMIT_ALLOWLIST: '10.0.0.0/8, ::1' }).LIMIT_ALLOWLIST).toEqual(['10.0.0.0/8', '::1']);
  for (const wrong of ['everyone', '10.0.0.0/33', '10.0.0.0/8/8', '*'])
    expect(() => read({ LIMIT_ALLOWLIST: wrong })).toThrow(/^LIMIT_ALLOWLIST: must be/);
  expect(() => read({ LIMIT_USER_PER_HOUR: '0' })).toThrow(/^LIMIT_USER_PER_HOUR/);
});
