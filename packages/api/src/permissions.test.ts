import { expect, it } from 'vitest';
import { may, permissions } from './permissions.js';

it('lets those without identity do nothing but enter', () => {
  const open = Object.keys(permissions).filter((permission) => may(undefined, permission as keyof typeof permissions));
  expect(open).toEqual(['auth.enter']);
});
