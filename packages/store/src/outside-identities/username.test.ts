import { Username } from '@storm/shared/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { usernamesFor } from './username.js';

it.each([
  [{ username: 'anna' }, 'anna'],
  [{ username: 'Anna.Müller' }, 'Anna_Muller'],
  [{ username: 'anna@example.org' }, 'anna'],
  [{ username: 'x' }, 'x__'],
  [{ username: '日本' }, 'user'],
  [{ username: '日本', email: 'taro@example.org' }, 'taro'],
  [{ email: 'b.c@example.org' }, 'b_c'],
  [{}, 'user'],
  [{ username: 'a'.repeat(40) }, 'a'.repeat(32)],
])('makes of %j first %s', (profile, username) => {
  expect(usernamesFor(profile, 'u1')[0]).toBe(username);
});

it('are all valid and different, whatever the profile says', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (username, userId) => {
      const names = usernamesFor({ username }, userId);
      for (const name of names) expect(Username.safeParse(name).success).toBe(true);
      expect(new Set(names).size).toBe(names.length);
    }),
  );
});

it('end in what is of the account alone', () => {
  expect(usernamesFor({ username: 'anna' }, 'u1').slice(1)).not.toContain(usernamesFor({ username: 'anna' }, 'u2')[1]);
});
