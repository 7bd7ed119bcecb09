import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mentionedNames, nameKey } from './facts.js';

it.each([
  ['hello @Bob', ['bob']],
  ['@bob, @eve! (@dan) @bob @BOB', ['bob', 'eve', 'dan']],
  ['no one: @ @ab bob@example.org @'.concat('a'.repeat(33)), []],
  ['@@abc @abc@def', ['abc']],
  ['@'.concat('a'.repeat(32)), ['a'.repeat(32)]],
  ['@näme @日本語', []],
  ['@a_1\n@b_2', ['a_1', 'b_2']],
])('finds whom %j mentions', (text, names) => expect(mentionedNames(text)).toEqual(names));

it('finds each name once, lower-cased, and at most fifty', () => {
  const many = Array.from({ length: 200 }, (_, i) => `@user${i}`).join(' ');
  expect(mentionedNames(many)).toEqual(Array.from({ length: 50 }, (_, i) => `user${i}`));
  fc.assert(
    fc.property(fc.string(), (text) => {
      const names = mentionedNames(text);
      expect(new Set(names).size).toBe(names.length);
      for (const name of names) expect(text.toLowerCase()).toContain(`@${name}`);
    }),
  );
});

it('looks through the longest text in no time, whatever it is made of', () => {
  for (const piece of ['@', '@a', '@aaa', `@${'a'.repeat(32)}`, `@${'a'.repeat(40)}`]) {
    const started = performance.now();
    mentionedNames(piece.repeat(4_000 / piece.length));
    expect(performance.now() - started).toBeLessThan(50);
  }
});

it('compares names without their case', () => expect(nameKey('c1', 'Lobby')).toBe(nameKey('c1', 'LOBBY')));
