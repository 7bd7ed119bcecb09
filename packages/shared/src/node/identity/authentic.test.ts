import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateKey, parseKeyRing } from '../crypto/index.js';
import { authentic, authenticText } from './authentic.js';

const [first, second] = [generateKey('i1'), generateKey('i2')];
const kind = { ring: parseKeyRing(first), purpose: 'a test', bound: ['ann', 'room'] };
const refused = 'not authentic';

const value = fc.dictionary(fc.string(), fc.jsonValue()).map((object) => JSON.parse(JSON.stringify(object)) as object);

describe('a text that carries its MAC', () => {
  it('gives back whatever was put in', () => {
    fc.assert(
      fc.property(value, (said) => {
        expect(authentic(authenticText(said, kind), kind)).toEqual(said);
      }),
    );
  });

  it('says nothing else, whichever character of it is changed, left out or put in', () => {
    const said = { userId: 'ann', role: 'member', ver: 3 };
    const text = authenticText(said, kind);
    const put = fc.constantFrom('', '0', '9', 'A', 'b', '"', '\\', ' ', '}', 'é');
    fc.assert(
      fc.property(fc.nat(text.length), put, fc.boolean(), (at, char, replace) => {
        const altered = text.slice(0, at) + char + text.slice(at + (replace ? 1 : 0));
        let opened: unknown = said;
        try {
          opened = authentic(altered, kind);
        } catch {
          // As it should be, but for space between the fields.
        }
        expect(opened).toEqual(said);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['under a key of the same name that is another', { ring: parseKeyRing(generateKey('i1')) }],
    ['under a key that nobody has any more', { ring: parseKeyRing(second) }],
    ['for another purpose', { purpose: 'a test, too' }],
    ['bound to less', { bound: ['ann'] }],
    ['bound to more', { bound: ['ann', 'room', ''] }],
    ['bound to another', { bound: ['bob', 'room'] }],
    ['bound to the same letters, cut elsewhere', { bound: ['annr', 'oom'] }],
  ])('is refused where it was made %s', (_how, other) => {
    expect(() => authentic(authenticText({ a: 1 }, { ...kind, ...other }), kind)).toThrow(refused);
    expect(() => authentic(authenticText({ a: 1 }, kind), { ...kind, ...other })).toThrow(refused);
  });

  it('lets nothing pass from its body into what it is bound to', () => {
    const { v, kid, mac, body } = JSON.parse(authenticText({ a: 1 }, { ...kind, bound: ['x'] })) as Record<string, string>;
    const moved = JSON.stringify({ v, kid, mac, body: `${body}x` });
    expect(() => authentic(moved, { ...kind, bound: [] })).toThrow(refused);
  });

  it('opens under every key of the ring, and is made under the first', () => {
    const both = { ...kind, ring: parseKeyRing(`${second},${first}`) };
    expect(authentic(authenticText({ a: 1 }, kind), both)).toEqual({ a: 1 });
    expect(authentic(authenticText({ a: 1 }, both), { ...kind, ring: parseKeyRing(second) })).toEqual({ a: 1 });
    expect(() => authentic(authenticText({ a: 1 }, both), kind)).toThrow(refused);
  });

  const own = JSON.parse(authenticText({ a: 1 }, kind)) as Record<string, unknown>;
  it.each([
    ['empty', ''],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['the bare body', '{"a":1}'],
    ['of another version', JSON.stringify({ ...own, v: 2 })],
    ['without a MAC', JSON.stringify({ ...own, mac: '' })],
    ['with half a MAC', JSON.stringify({ ...own, mac: String(own['mac']).slice(0, 20) })],
    ['with a field too many', JSON.stringify({ ...own, alg: 'none' })],
    ['under a key called __proto__', JSON.stringify({ ...own, kid: '__proto__' })],
  ])('is refused when it is %s', (_what, text) => expect(() => authentic(text, kind)).toThrow());
});
