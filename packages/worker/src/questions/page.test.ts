import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stateAt } from '../../tests/support/rows.js';
import { cut, rangeOf, type Range } from './page.js';

describe('the range of a page', () => {
  it.each<[object, number, Range]>([
    [{ limit: 50 }, 120, { low: 70, high: 120, anchor: 'end' }],
    [{ limit: 50 }, 20, { low: 0, high: 20, anchor: 'end' }],
    [{ limit: 50 }, 0, { low: 0, high: 0, anchor: 'end' }],
    [{ before: 71, limit: 50 }, 120, { low: 20, high: 70, anchor: 'end' }],
    [{ before: 1, limit: 50 }, 120, { low: 0, high: 0, anchor: 'end' }],
    [{ before: 0, limit: 50 }, 120, { low: 0, high: 0, anchor: 'end' }],
    [{ before: 500, limit: 50 }, 120, { low: 70, high: 120, anchor: 'end' }],
    [{ after: 20, limit: 50 }, 120, { low: 20, high: 70, anchor: 'start' }],
    [{ after: 100, limit: 50 }, 120, { low: 100, high: 120, anchor: 'start' }],
    [{ after: 500, limit: 50 }, 120, { low: 120, high: 120, anchor: 'start' }],
    [{ after: 0, limit: 50 }, 120, { low: 0, high: 50, anchor: 'start' }],
    [{ around: 60, limit: 50 }, 120, { low: 34, high: 84, anchor: 60 }],
    [{ around: 3, limit: 50 }, 120, { low: 0, high: 27, anchor: 3 }],
    [{ around: 120, limit: 50 }, 120, { low: 70, high: 120, anchor: 120 }],
    [{ around: 60, limit: 1 }, 120, { low: 59, high: 60, anchor: 60 }],
  ])('%j of %i', (question, last, expected) => {
    expect(rangeOf(question as Parameters<typeof rangeOf>[0], last)).toEqual(expected);
  });

  it('is never wider than asked, lies within the channel, and holds what it is around', () => {
    const at = fc.nat(300);
    const asked = fc.oneof(fc.constant({}), fc.record({ before: at }), fc.record({ after: at }), fc.record({ around: at }));
    fc.assert(
      fc.property(asked, fc.integer({ min: 1, max: 100 }), fc.nat(200), (question, limit, last) => {
        const { low, high } = rangeOf({ ...question, limit }, last);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(last);
        expect(high - low).toBeGreaterThanOrEqual(0);
        expect(high - low).toBeLessThanOrEqual(limit);
        if ('around' in question && question.around >= 1 && question.around <= last) {
          expect(low).toBeLessThan(question.around);
          expect(high).toBeGreaterThanOrEqual(question.around);
        }
      }),
    );
  });

  it('is followed by the next without hole or overlap, to either end', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer({ min: 1, max: 100 }), (last, limit) => {
        const backwards: number[] = [];
        for (let before: number | undefined; before === undefined || before > 1;) {
          const { low, high } = rangeOf(before === undefined ? { limit } : { before, limit }, last);
          backwards.unshift(...Array.from({ length: high - low }, (_, i) => low + 1 + i));
          before = low + 1;
        }
        const forwards: number[] = [];
        for (let after = 0; after < last;) {
          const { low, high } = rangeOf({ after, limit }, last);
          forwards.push(...Array.from({ length: high - low }, (_, i) => low + 1 + i));
          after = high;
        }
        const all = Array.from({ length: last }, (_, i) => i + 1);
        expect(backwards).toEqual(all);
        expect(forwards).toEqual(all);
      }),
    );
  });
});

describe('a page that is too large', () => {
  const page = (...lengths: number[]) => lengths.map((length, i) => stateAt(i + 11, 'ü'.repeat(length)));
  const bytes = (items: readonly unknown[]) =>
    items.reduce<number>((sum, item) => sum + Buffer.byteLength(JSON.stringify(item)) + 1, 0);
  const positions = (items: readonly { position: number }[]) => items.map(({ position }) => position);
  const five = page(100, 100, 100, 100, 100);
  const roomForTwo = bytes(five.slice(0, 2));

  it('is cut where the next one begins', () => {
    expect(positions(cut(five, 'start', roomForTwo))).toEqual([11, 12]);
    expect(positions(cut(five, 'end', roomForTwo))).toEqual([14, 15]);
    expect(positions(cut(five, 13, bytes(five.slice(0, 3))))).toEqual([12, 13, 14]);
    expect(positions(cut(five, 15, roomForTwo))).toEqual([14, 15]);
    expect(positions(cut(five, 99, roomForTwo))).toEqual([14, 15]);
    expect(positions(cut(five, 'end', roomForTwo - 1))).toEqual([15]);
  });

  it('keeps one, however large, and is whole when it fits', () => {
    for (const anchor of ['start', 'end', 13] as const) {
      expect(cut(five, anchor, 1)).toHaveLength(1);
      expect(cut(five, anchor)).toEqual(five);
      expect(cut([], anchor)).toEqual([]);
    }
  });

  it('is a run without a hole that holds its anchor and fits, whatever the sizes', () => {
    const anchors = fc.oneof(fc.constantFrom('start' as const, 'end' as const), fc.integer({ min: 11, max: 20 }));
    fc.assert(
      fc.property(fc.array(fc.nat(300), { minLength: 1, maxLength: 10 }), anchors, fc.nat(6_000), (lengths, anchor, room) => {
        const items = page(...lengths);
        const kept = cut(items, anchor, room);
        const first = kept[0]?.position ?? 0;
        expect(kept.length).toBeGreaterThan(0);
        expect(positions(kept)).toEqual(kept.map((_, i) => first + i));
        if (kept.length > 1) expect(bytes(kept)).toBeLessThanOrEqual(room);
        if (anchor === 'start') expect(kept[0]).toBe(items[0]);
        else if (anchor === 'end') expect(kept.at(-1)).toBe(items.at(-1));
        else if (anchor < 11 + items.length) expect(positions(kept)).toContain(anchor);
        const [before, after] = [
          items.find(({ position }) => position === first - 1),
          items[items.indexOf(kept.at(-1) as never) + 1],
        ];
        const fits = (item: unknown) => item !== undefined && bytes([...kept, item]) <= room;
        if (anchor === 'start') expect(fits(after)).toBe(false);
        if (anchor === 'end') expect(fits(before)).toBe(false);
      }),
    );
  });
});
