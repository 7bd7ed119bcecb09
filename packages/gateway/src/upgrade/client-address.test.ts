import { expect, it } from 'vitest';
import { clientAddress } from './client-address.js';

it('believes as many proxies as it is told, and nothing that a client claims', () => {
  expect(clientAddress('10.0.0.1', '1.1.1.1, 2.2.2.2', 0)).toBe('10.0.0.1');
  expect(clientAddress('10.0.0.1', '1.1.1.1, 2.2.2.2', 1)).toBe('2.2.2.2');
  expect(clientAddress('10.0.0.1', '1.1.1.1,2.2.2.2', 2)).toBe('1.1.1.1');
});

it('takes the furthest there is when there are fewer', () => {
  expect(clientAddress('10.0.0.1', undefined, 3)).toBe('10.0.0.1');
  expect(clientAddress(undefined, undefined, 0)).toBe('unknown');
});
