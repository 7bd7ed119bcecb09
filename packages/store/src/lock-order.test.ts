import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inLockOrder, sortable } from './lock-order.js';

it('keeps what concerns one thing in its order, and gives any two lists of things the same way', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat())), (operations) => {
      const ordered = inLockOrder(operations, ([key]) => key);
      for (const key of ['a', 'b', 'c']) {
        expect(ordered.filter(([of]) => of === key)).toEqual(operations.filter(([of]) => of === key));
      }
      expect(ordered.map(([key]) => key)).toEqual(operations.map(([key]) => key).sort());
    }),
  );
});

it('has numbers compare as numbers', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (a, b) => {
      expect(sortable(a) < sortable(b)).toBe(a < b);
    }),
  );
});
