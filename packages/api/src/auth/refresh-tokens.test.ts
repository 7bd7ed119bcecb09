import fc from 'fast-check';
import { newSessionId } from '@storm/shared/contracts';
import { generateKey, parseKeyRing } from '@storm/shared/node';
import { expect, it } from 'vitest';
import { hashOf, RefreshTokens } from './refresh-tokens.js';

const [first, second] = [generateKey('r1'), generateKey('r2')];
const tokens = new RefreshTokens(parseKeyRing(first));

it('reads back what it wrote', () => {
  const token = tokens.first(newSessionId());
  expect(tokens.decode(tokens.encode(token))).toEqual({ ...token, kid: 'r1' });
});

it('derives one successor, which says nothing of others', () => {
  const token = tokens.decode(tokens.encode(tokens.first(newSessionId())));
  const next = tokens.successorOf(token);
  expect(tokens.successorOf(token)).toEqual(next);
  expect(next).toMatchObject({ sessionId: token.sessionId, generation: 2 });
  expect(new Set([token, next].map(hashOf)).size).toBe(2);
  expect(tokens.successorOf({ ...token, sessionId: newSessionId() }).secret).not.toBe(next.secret);
});

it('goes on after its key is no longer the current one, and ends when the key is gone', () => {
  const old = tokens.encode(tokens.first(newSessionId()));
  const rotated = new RefreshTokens(parseKeyRing(`${second},${first}`));
  expect(rotated.successorOf(rotated.decode(old))).toEqual(tokens.successorOf(tokens.decode(old)));
  expect(rotated.encode(rotated.decode(old)).split('.')[3]).toBe('r2');
  expect(() => new RefreshTokens(parseKeyRing(second)).decode(old)).toThrow();
});

it('refuses a token with any character changed, left out or added', () => {
  const text = tokens.encode(tokens.first(newSessionId()));
  fc.assert(
    fc.property(
      fc.nat(text.length),
      fc.constantFrom('', 'A', 'b', '0', '.', '_', '=', ' ', 'é'),
      fc.boolean(),
      (at, put, replace) => {
        const altered = text.slice(0, at) + put + text.slice(at + (replace ? 1 : 0));
        fc.pre(altered !== text);
        expect(() => tokens.decode(altered)).toThrow(expect.objectContaining({ code: 'UNAUTHORIZED' }));
      },
    ),
    { numRuns: 500 },
  );
});
