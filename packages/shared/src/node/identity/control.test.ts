import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isControl, newSessionId, newUserId, type ControlEvent } from '../../contracts/index.js';
import { aadOf, EventSealer, generateKey, parseKeyRing } from '../crypto/index.js';
import { authenticText } from './authentic.js';
import { openControl, packControl } from './control.js';

const ring = parseKeyRing(generateKey('i1'));
const userId = newUserId();
const ended: ControlEvent = { kind: 'session-ended', userId, sid: newSessionId() };
const changed: ControlEvent = { kind: 'access-changed', userId, ver: 3, isActive: false };

describe.each([ended, changed])('a control event, $kind,', (event) => {
  const message = Buffer.from(packControl(event, ring));

  it('arrives as it was said, and is told from a sealed event', () => {
    expect(isControl(message)).toBe(true);
    expect(openControl(message, userId, ring)).toEqual(event);
  });

  it('counts for the user alone that it was said of', () => {
    expect(() => openControl(message, newUserId(), ring)).toThrow('not authentic');
  });

  it('counts with a MAC of ours alone', () => {
    const others = parseKeyRing(generateKey('i1'));
    expect(() => openControl(Buffer.from(packControl(event, others)), userId, ring)).toThrow('not authentic');
    expect(() => openControl(Buffer.from(JSON.stringify(event)), userId, ring)).toThrow();
  });

  it('does not open with any bit of it flipped', () => {
    fc.assert(
      fc.property(fc.nat(message.length - 1), fc.nat(7), (at, bit) => {
        const flipped = Buffer.from(message);
        flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << bit), at);
        expect(() => openControl(flipped, userId, ring)).toThrow();
      }),
      { numRuns: 500 },
    );
  });
});

it('is refused when it is made for something else, or says what no control event says', () => {
  const bound = [userId];
  const ticket = authenticText(ended, { ring, purpose: 'storm websocket ticket v1', bound });
  const unknown = authenticText({ kind: 'promoted', userId }, { ring, purpose: 'storm control event v1', bound });
  const tooMuch = authenticText({ ...ended, role: 'admin' }, { ring, purpose: 'storm control event v1', bound });
  for (const text of [ticket, unknown, tooMuch]) expect(() => openControl(Buffer.from(text), userId, ring)).toThrow();
});

it('is never taken for a sealed event, nor a sealed event for one', () => {
  const sealed = new EventSealer(ring).seal(Buffer.from(JSON.stringify(ended)), aadOf('x'));
  expect(isControl(sealed)).toBe(false);
  expect(() => openControl(sealed, userId, ring)).toThrow();
});
