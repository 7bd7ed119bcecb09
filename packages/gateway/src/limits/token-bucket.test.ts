import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.js';

it('lets a burst through, then the rate, and says how long to wait', () => {
  const bucket = new TokenBucket({ perMinute: 60, burst: 3 }, 0);
  expect([0, 0, 0, 0].map((now) => bucket.take(now))).toEqual([0, 0, 0, 1_000]);
  expect([bucket.take(400), bucket.take(1_000), bucket.take(1_001)]).toEqual([600, 0, 999]);
});

it('never lets more than burst plus rate through, and always lets through who waits as told', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3_000), { minLength: 1, maxLength: 60 }), (pauses) => {
      const bucket = new TokenBucket({ perMinute: 60, burst: 5 }, 0);
      let [now, passed] = [0, 0];
      for (const pause of pauses) {
        now += pause;
        const wait = bucket.take(now);
        if (wait > 0) expect(bucket.take((now += wait))).toBe(0);
        passed += 1;
        expect(passed).toBeLessThanOrEqual(5 + now / 1_000 + 1e-6);
      }
    }),
  );
});
