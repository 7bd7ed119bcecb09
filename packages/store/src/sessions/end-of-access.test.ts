import { expect, it } from 'vitest';
import { endOfAccess } from './end-of-access.js';

const now = new Date();
const later = new Date(now.getTime() + 1);
const token = { sub: 'ua', ver: 2 };
const session = { userId: 'ua', revokedAt: null, expiresAt: later };
const user = { isActive: true, accessVersion: 2 };

it.each([
  ['holds', undefined, {}],
  ['holds by an access version that is behind: another reader has seen more', undefined, { user: { ...user, accessVersion: 1 } }],
  ['ended with its session', 'session', { session: { ...session, revokedAt: now } }],
  ['ended with its session, however long it was to last', 'session', { session: { ...session, expiresAt: now } }],
  ['is of no session', 'session', { session: undefined }],
  ['is of the session of another', 'session', { session: { ...session, userId: 'ub' } }],
  ['is of nobody', 'deactivated', { user: undefined }],
  ['is of who is not active', 'deactivated', { user: { ...user, isActive: false } }],
  ['is from before a change', 'outdated', { user: { ...user, accessVersion: 3 } }],
  ['ended with its session before all else', 'session', { session: undefined, user: { isActive: false, accessVersion: 3 } }],
] as const)('says of a token that it %s', (_what, reason, found) => {
  expect(endOfAccess(token, { session, user, ...found }, now)).toBe(reason);
});

it('asks for no session of whom an identity service outside vouches for', () => {
  expect(endOfAccess({ ...token, outside: true }, { session: undefined, user }, now)).toBeUndefined();
  expect(endOfAccess({ ...token, outside: true }, { session: undefined, user: { ...user, isActive: false } }, now)).toBe(
    'deactivated',
  );
});
