import { newServiceKeyId } from '@storm/shared/contracts';
import { ServiceKeyId } from '@storm/shared/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keyText, newSecret, parseKey } from './key-text.js';

const letters = (length: number) =>
  fc.array(fc.constantFrom(...'ABCyz019_-'), { minLength: length, maxLength: length }).map((characters) => characters.join(''));

it('reads back what it wrote, wherever there are underscores', () => {
  fc.assert(
    fc.property(letters(22), letters(43), (id, secret) => {
      expect(parseKey(keyText({ id: `k${id}`, secret }))).toEqual({ id: `k${id}`, secret });
    }),
  );
  const key = { id: newServiceKeyId(), secret: newSecret() };
  expect(parseKey(keyText(key))).toEqual(key);
  expect(ServiceKeyId.parse(key.id)).toBe(key.id);
});

it('takes nothing else', () => {
  const text = keyText({ id: `k${'A'.repeat(22)}`, secret: 'B'.repeat(43) });
  for (const other of [
    '',
    'storm_',
    text.slice(1),
    text.slice(0, -1),
    `${text}B`,
    ` ${text}`,
    `${text}\n`,
    text.replace('k', 'u'),
  ])
    expect(parseKey(other), other).toBeUndefined();
});
