import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { ChangeId, ChannelId, MessageId, SessionId, UserId } from './ids.js';

const kinds: [string, z.ZodType, string][] = [
  ['a user', UserId, 'u'],
  ['a session', SessionId, 's'],
  ['a channel', ChannelId, 'c'],
  ['a direct message', ChannelId, 'd'],
  ['a message', MessageId, 'm'],
];
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const tail = fc.string({ unit: fc.constantFrom(...alphabet), minLength: 22, maxLength: 22 });

describe.each(kinds)('the id of %s', (_name, schema, letter) => {
  it('is its letter and 22 characters of base64url', () => {
    fc.assert(fc.property(tail, (text) => schema.safeParse(letter + text).success));
  });

  it('is no id of another kind', () => {
    for (const other of 'abcdefghijklmnopqrstuvwxyz') {
      if (other === letter || (schema === ChannelId && 'cd'.includes(other))) continue;
      expect(schema.safeParse(other + 'A'.repeat(22)).success, other).toBe(false);
    }
  });

  it.each([
    '',
    letter,
    letter + 'A'.repeat(21),
    letter + 'A'.repeat(23),
    `${letter}${'A'.repeat(22)}\n`,
    `\n${letter}${'A'.repeat(22)}`,
    `${letter}${'A'.repeat(21)}=`,
    `${letter}${'A'.repeat(21)}/`,
    `${letter}${'A'.repeat(21)}:`,
    `${letter}${'A'.repeat(21)}é`,
    letter.toUpperCase() + 'A'.repeat(22),
    7,
    null,
    { $ne: null },
    [letter + 'A'.repeat(22)],
  ])('is not %j', (value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });
});

describe("a change's id", () => {
  it('is a UUID, in one spelling', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        expect(ChangeId.parse(uuid.toUpperCase())).toBe(uuid.toLowerCase());
        expect(ChangeId.parse(ChangeId.parse(uuid))).toBe(ChangeId.parse(uuid));
      }),
    );
  });

  it.each([
    '',
    'x',
    '{00000000-0000-4000-8000-000000000000}',
    '00000000000040008000000000000000',
    '00000000-0000-4000-8000-00000000000',
    '00000000-0000-4000-8000-000000000000 ',
    '00000000-0000-4000-8000-00000000000g',
    7,
    null,
    { $ne: null },
  ])('is not %j', (value) => {
    expect(ChangeId.safeParse(value).success).toBe(false);
  });
});
