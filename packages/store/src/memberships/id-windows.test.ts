import { newUserId } from '@storm/shared/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { idWindows, type IdWindow } from './id-windows.js';

const within = (id: string, after: string | undefined, { from, below }: IdWindow) =>
  (after === undefined || id > after) && (from === undefined || id >= from) && (below === undefined || id < below);

it('covers every id beyond the page before once and in order, whatever the ids and their number', () => {
  const anId = fc.oneof(fc.constant(undefined), fc.string({ maxLength: 4 }), fc.integer().map(newUserId));
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ maxLength: 4 }), fc.constant(0).map(newUserId))),
      anId,
      fc.nat(5_000),
      (ids, after, count) => {
        const sorted = [...new Set(ids)].filter((id) => after === undefined || id > after).sort();
        const found = [...idWindows(after, 10, count)].flatMap((window) => sorted.filter((id) => within(id, after, window)));
        expect(found).toEqual(sorted);
      },
    ),
  );
});

it('is one window for few, and for many nearly always holds what a page needs and not much more', () => {
  expect([...idWindows(undefined, 101, 100)]).toEqual([{ from: undefined, below: undefined }]);
  const ids = Array.from({ length: 20_000 }, newUserId).sort();
  const sizes = Array.from({ length: 20 }, (_, i) => {
    const after = ids[i * 950];
    const [first] = idWindows(after, 101, ids.length);
    return first ? ids.filter((id) => within(id, after, first)).length : 0;
  });
  expect(sizes.filter((size) => size >= 101).length).toBeGreaterThan(15);
  expect(Math.max(...sizes)).toBeLessThan(400);
});
