import { limits } from '@storm/shared/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWithin, parseJson } from './parse-json.js';

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
const commasOf = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value) as unknown[];
  return Math.max(0, inner.length - 1) + inner.reduce((sum: number, each) => sum + commasOf(each), 0);
};

describe('the look before parsing', () => {
  it('sees how deep a value is and how many values it has, whatever its strings hold', () => {
    const strings = fc.oneof(fc.string(), fc.stringMatching(/^["\\,{}[\]]*$/));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 5 }, strings, fc.integer(), tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 4 }),
      object: fc.dictionary(strings, tie('value'), { maxKeys: 4 }),
    }));
    fc.assert(
      fc.property(value, (json) => {
        const [depth, values] = [depthOf(json), commasOf(json) + 1];
        expect(isWithin(bytes(json), depth, values)).toBe(true);
        if (depth > 0) expect(isWithin(bytes(json), depth - 1, values)).toBe(false);
        if (values > 1) expect(isWithin(bytes(json), depth, values - 1)).toBe(false);
      }),
    );
  });

  it('comes to an end on what is no JSON', () => {
    fc.assert(fc.property(fc.uint8Array(), (any) => typeof isWithin(any, 1, 1) === 'boolean'));
  });
});

it('parses the largest frames of the protocol', () => {
  const channels = Object.fromEntries(Array.from({ length: limits.syncChannels }, (_, i) => [`c${i}`, i]));
  const frame = { event: 'sync', requestId: 'r', payload: { epoch: 'e', channels } };
  expect(parseJson(bytes(frame))).toEqual(frame);
});

it('refuses what is deeper or has more values, with less work than parsing it', () => {
  const times = (count: number, text: string) => text.repeat(count);
  const frames = [times(32_000, '['), `{"a":${times(10_000, '{"a":')}`, `{${times(6_000, '"x":1,')}`, `[${times(30_000, '0,')}`];
  for (const frame of frames) expect(() => parseJson(Buffer.from(frame))).toThrow('too deep, or has too many values');
});
