import { expect, it } from 'vitest';
import { PasswordFloor } from './password-floor.js';

const floor = new PasswordFloor();
const bob = { username: 'bob_miller', email: 'robert.miller@example.org' };

it.each([
  'Password1!',
  'P@ssw0rd123',
  'P@$$w0rd!1',
  'Password123!Password123!',
  'Qwertyuiop1!',
  'Qwerty123!',
  '1Qaz2wsx3edc!',
  'Welcome2024!',
  'Summer2023!',
  'Admin123!@',
  'Iloveyou1!',
  'Letmein123!',
  'Abcdefg1!x',
  'Aa1!aaaaaaaaaaaaaa',
  `Aa1!${'Aa1!'.repeat(17)}`,
  'Aa123456!!',
])('refuses %s, which everybody tries', (password) => {
  expect(floor.weaknessOf(password, bob)).toMatch(/common words/);
});

it.each(['Bob_miller1!', 'Robert.miller1!', 'robert.Miller@example.org1'])('refuses %s of one who is called so', (password) => {
  expect(floor.weaknessOf(password, bob)).toMatch(/name or address/);
});

it.each(['Correct-horse-1', 'xK9#mQ2$vL', 'Café-horse-12', 'Bob likes 4 green teas.', 'Tr0ub4dor&3'])('takes %s', (password) => {
  expect(floor.weaknessOf(password, bob)).toBeUndefined();
});

it('says why, as of a field, and does not repeat the password', () => {
  const refused = { code: 'VALIDATION_ERROR', details: [{ path: 'body.password', message: expect.any(String) as string }] };
  expect(() => floor.require('Password1!', bob, 'body.password')).toThrow(expect.objectContaining(refused));
  expect(floor.weaknessOf('Password1!', bob)).not.toContain('Password1!');
});

it('estimates no more than the first characters of a long one, so that nobody keeps us busy with it', () => {
  const [began, tricky] = [process.cpuUsage().user, '/|\\-_/-(@4$5z|1!'.repeat(4)];
  for (let i = 0; i < 5; i++) floor.weaknessOf(tricky.slice(i), bob);
  expect((process.cpuUsage().user - began) / 5).toBeLessThan(100_000);
});
