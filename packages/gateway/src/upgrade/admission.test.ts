import { expect, it } from 'vitest';
import { admit, type Applicant, type House } from './admission.js';

const applicant: Applicant = { path: '/ws', origin: undefined };
const house: House = {
  allowedOrigins: new Set(['https://chat.example']),
  closedBecause: undefined,
  connections: 9,
  maxConnections: 10,
};
const status = (change: Partial<Applicant>, home: Partial<House> = {}) =>
  admit({ ...applicant, ...change }, { ...house, ...home })?.status;

it('lets in who has no origin, or an allowed one', () => {
  expect(status({})).toBeUndefined();
  expect(status({ origin: 'https://chat.example' })).toBeUndefined();
  expect(status({ origin: 'HTTPS://Chat.Example' })).toBeUndefined();
});

it('refuses other paths and origins before it says anything else', () => {
  const full = { closedBecause: 'stopping', connections: 10 };
  expect(status({ path: '/' }, full)).toBe(404);
  for (const origin of ['https://evil.example', 'https://chat.example.evil', 'null', ''])
    expect(status({ origin }, full)).toBe(403);
});

it('refuses when it stops, and when it is full', () => {
  expect(status({}, { closedBecause: 'stopping' })).toBe(503);
  expect(status({}, { connections: 10 })).toBe(503);
});
