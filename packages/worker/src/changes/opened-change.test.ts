import { ChangeBody } from '@storm/shared/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idOf, message, opened } from '../../tests/support/opened.js';
import { canonicalBody, keyOf } from './opened-change.js';

const aBody = fc.oneof(
  fc.record({
    kind: fc.constant('message' as const),
    text: fc.string({ minLength: 1 }),
    threadId: fc.option(fc.constant(idOf('m', 'root'))),
    clientTs: fc.nat(),
  }),
  fc.record({ kind: fc.constantFrom('join' as const, 'leave' as const, 'archive' as const) }),
  fc.record({ kind: fc.constant('rename' as const), name: fc.string() }),
  fc.record({ kind: fc.constant('rename' as const), description: fc.option(fc.string()) }),
);
/** The same body with its fields the other way round. */
const reversed = <T extends object>(body: T): T => Object.fromEntries(Object.entries(body).reverse()) as T;
const withoutClock = (body: object) => JSON.stringify(Object.entries({ ...body, clientTs: 0 }).sort());

describe('the text that a body is compared by', () => {
  it('is the same for the same body, in whatever order its fields come', () => {
    fc.assert(
      fc.property(aBody, (body) => {
        expect(canonicalBody(reversed(body))).toBe(canonicalBody(body));
      }),
    );
  });

  it('differs when anything but the client clock does', () => {
    fc.assert(
      fc.property(aBody, aBody, (a, b) => {
        expect(canonicalBody(a) === canonicalBody(b)).toBe(withoutClock(a) === withoutClock(b));
      }),
    );
  });

  it('leaves the client clock out, and fields that are not there', () => {
    expect(canonicalBody({ ...message('x'), clientTs: 7 } as ChangeBody)).toBe(canonicalBody(message('x')));
    const given = ChangeBody.parse({ kind: 'rename', name: 'New', description: undefined });
    expect(canonicalBody(given)).toBe(canonicalBody({ kind: 'rename', name: 'New' }));
    expect(canonicalBody({ kind: 'rename', name: 'New', description: null })).not.toBe(canonicalBody(given));
  });
});

it('scopes the UUID of a client to channel and sender', () => {
  const one = opened(message());
  const keys = [one, { ...one, senderId: idOf('u', 'bob') }, { ...one, channelId: idOf('c', 'x') }].map(keyOf);
  expect(new Set(keys).size).toBe(3);
  expect(keyOf(opened(message(), { changeId: one.changeId }))).toBe(keys[0]);
});
