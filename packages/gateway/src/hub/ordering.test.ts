import fc from 'fast-check';
import { expect, it } from 'vitest';
import { orderOf } from './ordering.js';

const anEvent = fc
  .record({ from: fc.integer({ min: 1, max: 100 }), covers: fc.nat(20) })
  .map(({ from, covers }) => ({ from, seq: from + covers }));

it('calls an event next only when it leaves no hole and brings something new', () => {
  fc.assert(
    fc.property(fc.nat(100), anEvent, (delivered, event) => {
      const held = new Set(Array.from({ length: delivered }, (_, i) => i + 1));
      const covered = Array.from({ length: event.seq - event.from + 1 }, (_, i) => event.from + i);
      const isNew = covered.some((seq) => !held.has(seq));
      const leavesHole = event.from > delivered + 1;
      expect(orderOf(delivered, event)).toBe(!isNew ? 'stale' : leavesHole ? 'gap' : 'next');
    }),
  );
});

it('continues an overlap', () => {
  expect(orderOf(5, { from: 3, seq: 8 })).toBe('next');
});
