import { expect, it } from 'vitest';
import { assertPlain } from './plain-json.js';

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

it('lets through what bodies look like', () => {
  for (const value of [undefined, null, 1, 'x', [], {}, { a: [{ b: null }] }, nested(8)]) assertPlain(value);
});

it('refuses deep nesting, however deep, without overflowing the stack', () => {
  for (const depth of [9, 100, 30_000]) expect(() => assertPlain(nested(depth))).toThrow('nested too deeply');
});

it('refuses __proto__ as a key, wherever it is', () => {
  for (const text of ['{"__proto__":{}}', '{"a":[{"__proto__":1}]}'])
    expect(() => assertPlain(JSON.parse(text))).toThrow('__proto__');
});
