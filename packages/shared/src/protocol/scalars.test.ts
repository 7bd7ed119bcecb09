import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { limits } from './limits.js';
import { ClientTime, IsoTime, MessageText, Millis, plainRecord, Position, Seq } from './scalars.js';

const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;

describe('the text of a message', () => {
  it('has 1 to 4,000 UTF-16 units, as JavaScript counts', () => {
    expect(limits.textLength).toBe(4_000);
    expect(['', 'a', 'a'.repeat(4_000), 'a'.repeat(4_001)].map((text) => takes(MessageText, text))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(['😀'.repeat(2_000), '😀'.repeat(2_001)].map((text) => takes(MessageText, text))).toEqual([true, false]);
  });

  it.each(['\ud83d', '\ude00', 'a\ud83d', '\ude00\ud83d', '\ud83d\ud83d\ude00'])('has no lone surrogate: %j', (text) => {
    expect(takes(MessageText, text)).toBe(false);
  });

  it('comes back from UTF-8 as it was, if it is taken at all, and is refused for nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }), fc.nat(0xffff), (text, unit) => {
        for (const candidate of [text, text + String.fromCharCode(unit)]) {
          const survives = Buffer.from(candidate).toString() === candidate;
          expect(takes(MessageText, candidate)).toBe(survives);
        }
      }),
    );
  });

  it.each([['\u0000'], ['\n\t '], ['e\u0301'], ['\u202eabc'], ['👩‍👩‍👧']])('may be %j', (text) => {
    expect(MessageText.parse(text)).toBe(text);
  });
});

describe('numbers', () => {
  it.each([0, 1, 2 ** 40])('take %d for a seq and a position', (n) => {
    expect(takes(Seq, n) && takes(Position, n)).toBe(true);
  });

  it.each([-1, 0.5, NaN, Infinity, 2 ** 53, '1', null, { $gt: 0 }])('take %j for none', (n) => {
    expect(takes(Seq, n) || takes(Position, n)).toBe(false);
  });

  it('take a time that a Date can hold', () => {
    expect(takes(Millis, 8.64e15)).toBe(true);
    expect(new Date(8.64e15).getTime()).toBe(8.64e15);
    for (const wrong of [8.64e15 + 1, -1, 1.5, '2026-01-01']) expect(takes(Millis, wrong)).toBe(false);
  });
});

describe("a client's time", () => {
  it('is the same in milliseconds and as ISO 8601', () => {
    const times = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
    fc.assert(
      fc.property(times, (date) => {
        expect(ClientTime.parse(date.getTime())).toBe(date.getTime());
        expect(ClientTime.parse(date.toISOString())).toBe(date.getTime());
        expect(takes(IsoTime, date.toISOString())).toBe(true);
      }),
    );
  });

  it('may have an offset', () => {
    expect(ClientTime.parse('2026-01-01T02:00:00+02:00')).toBe(Date.UTC(2026, 0, 1));
  });

  it.each(['2026-01-01', '2026-02-30T00:00:00Z', '2026-01-01T00:00:00', 'now', '', 1.5, -1, null])('is not %j', (value) => {
    expect(takes(ClientTime, value)).toBe(false);
  });

  it('is not from before 1970, in either form: what is taken here must be taken by the worker', () => {
    expect(takes(ClientTime, '1969-12-31T23:59:59.999Z')).toBe(false);
    expect(takes(ClientTime, '0000-01-01T00:00:00Z')).toBe(false);
    expect(ClientTime.parse('1970-01-01T00:00:00Z')).toBe(0);
  });
});

describe('a record', () => {
  const schema = plainRecord(z.record(z.string(), z.number()));

  it('is taken with whatever keys it has', () => {
    expect(schema.parse({ constructor: 1, toString: 2 })).toEqual({ constructor: 1, toString: 2 });
    expect(takes(schema, { a: 'x' })).toBe(false);
  });

  it('is refused with a key named __proto__, which zod alone would drop without a word', () => {
    const input: unknown = JSON.parse('{"__proto__": 1, "a": 2}');
    expect(takes(z.record(z.string(), z.number()), input)).toBe(true);
    expect(schema.safeParse(input).error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['__proto__'] }]);
  });

  it.each([null, undefined, 'x', 7, [1]])('is not %j', (value) => {
    expect(takes(schema, value)).toBe(false);
  });
});
