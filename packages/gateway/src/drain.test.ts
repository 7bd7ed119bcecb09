import fc from 'fast-check';
import { expect, it } from 'vitest';
import { reconnectDelays } from './drain.js';

it('spreads the return of clients evenly over the window', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 60_000 }), (count, windowMs) => {
      const delays = reconnectDelays(count, windowMs);
      expect(delays).toHaveLength(count);
      delays.forEach((delay, i) => {
        expect(delay).toBeGreaterThanOrEqual(Math.floor((i / count) * windowMs));
        expect(delay).toBeLessThanOrEqual(Math.ceil(((i + 1) / count) * windowMs));
      });
    }),
  );
});
