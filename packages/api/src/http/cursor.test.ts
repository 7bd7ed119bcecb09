import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { cursorOf, encodeCursor, pageOf } from './cursor.js';

const Place = z.strictObject({ id: z.string(), at: z.int() });
const cursor = cursorOf(Place);

it('gives back the place it was made of', () => {
  fc.assert(
    fc.property(fc.record({ id: fc.string({ unit: 'binary', maxLength: 50 }), at: fc.maxSafeInteger() }), (place) => {
      expect(cursor.parse(encodeCursor(place))).toEqual(place);
    }),
  );
});

it('refuses whatever is no cursor', () => {
  for (const text of [
    '',
    'x',
    '!!',
    'null',
    encodeCursor(null),
    encodeCursor({ id: 'x' }),
    encodeCursor({ id: { $ne: 1 }, at: 1 }),
    `${encodeCursor({ id: 'x', at: 1 })}=`,
  ])
    expect(cursor.safeParse(text).error?.issues).toMatchObject([{ message: 'not a cursor' }]);
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(cursor.safeParse(text).success).toBe(false);
    }),
  );
});

it('says that there is more only when there is', () => {
  const page = (count: number) =>
    pageOf(
      Array.from({ length: count }, (_, i) => i),
      2,
      (last) => ({ last }),
    );
  expect(page(0)).toEqual({ items: [], meta: { hasNextPage: false, nextCursor: null } });
  expect(page(2)).toEqual({ items: [0, 1], meta: { hasNextPage: false, nextCursor: null } });
  expect(page(3)).toEqual({ items: [0, 1], meta: { hasNextPage: true, nextCursor: encodeCursor({ last: 1 }) } });
});
