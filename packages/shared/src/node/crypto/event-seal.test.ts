import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aadOf } from './aad.js';
import { DecryptionError } from './errors.js';
import { EventOpener } from './event-opener.js';
import { EventSealer } from './event-sealer.js';
import { generateKey, KeyRing, parseKeyRing } from './key-ring.js';
import { flipBit } from './testing.js';

const secrets = parseKeyRing(`${generateKey('e1')},${generateKey('e2')}`);
const sealer = new EventSealer(secrets);
const opener = new EventOpener(secrets);
const text = Buffer.from('an event');
const aad = aadOf('c1', 7);
const anyBytes = fc.uint8Array({ maxLength: 300 });
const saltOf = (envelope: Buffer) => envelope.subarray(4, 20).toString('hex');

describe('an event envelope', () => {
  it('opens to what was sealed', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (plaintext, bound) => {
        expect(opener.open(sealer.seal(plaintext, bound), bound)).toEqual(Buffer.from(plaintext));
      }),
    );
  });

  it('opens from a plain Uint8Array inside a larger one', () => {
    const envelope = sealer.seal(text, aad);
    const larger = new Uint8Array(envelope.length + 10);
    larger.set(envelope, 5);
    expect(opener.open(larger.subarray(5, 5 + envelope.length), aad)).toEqual(text);
  });

  it('is version, kid with its length, salt, iv, tag, ciphertext', () => {
    const envelope = sealer.seal(text, aad);
    expect(envelope.subarray(0, 4)).toEqual(Buffer.from('\u0001\u0002e1', 'latin1'));
    expect(envelope).toHaveLength(4 + 16 + 12 + 16 + text.length);
  });

  it('does not open with any bit the other way: version, kid, salt, iv, tag, text', () => {
    const envelope = sealer.seal(text, aad);
    for (let bit = 0; bit < envelope.length * 8; bit += 1) {
      expect(() => new EventOpener(secrets).open(flipBit(envelope, bit), aad), `bit ${bit}`).toThrow(DecryptionError);
      expect(() => opener.open(flipBit(envelope, bit), aad), `bit ${bit}, key cached`).toThrow(DecryptionError);
    }
  });

  it('does not open with another AAD', () => {
    const envelope = sealer.seal(text, aad);
    for (let bit = 0; bit < aad.length * 8; bit += 1)
      expect(() => opener.open(envelope, flipBit(aad, bit))).toThrow(DecryptionError);
    for (const moved of [aadOf('c17'), aadOf(7, 'c1'), aadOf('c1', '7'), aadOf('c2', 7), aadOf('c1', 8)]) {
      expect(() => opener.open(envelope, moved)).toThrow(DecryptionError);
    }
  });

  it('does not open cut short anywhere', () => {
    const envelope = sealer.seal(text, aad);
    for (let length = 0; length < envelope.length; length += 1) {
      expect(() => opener.open(envelope.subarray(0, length), aad)).toThrow(DecryptionError);
    }
  });

  it('never opens what is only bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => opener.open(bytes, aad)).toThrow(DecryptionError);
      }),
    );
  });

  it('does not open under another name of the same secret: the kid is bound', () => {
    const renamed = new EventOpener(new KeyRing([{ kid: 'eX', key: secrets.current.key }]));
    const envelope = sealer.seal(text, aad);
    envelope.write('eX', 2, 'latin1');
    expect(() => renamed.open(envelope, aad)).toThrow(DecryptionError);
  });

  it('opens while its secret is in the ring', () => {
    const [first, second] = secrets.kids.map((kid) => ({ kid, key: secrets.get(kid) ?? Buffer.alloc(0) }));
    if (!first || !second) throw new Error('two secrets expected');
    const rotated = new KeyRing([second, first]);
    expect(new EventOpener(rotated).open(sealer.seal(text, aad), aad)).toEqual(text);
    expect(() => new EventOpener(new KeyRing([second])).open(sealer.seal(text, aad), aad)).toThrow(DecryptionError);
  });
});

describe('an event sealer', () => {
  it('takes a new salt each period, and when the clock was set back', () => {
    let now = 1_000;
    const timed = new EventSealer(secrets, { periodMs: 100, now: () => now });
    const first = saltOf(timed.seal(text, aad));
    now += 99;
    expect(saltOf(timed.seal(text, aad))).toBe(first);
    now += 1;
    const second = saltOf(timed.seal(text, aad));
    now -= 50;
    expect(new Set([first, second, saltOf(timed.seal(text, aad))]).size).toBe(3);
  });

  it('has a salt of its own in each process', () => {
    expect(saltOf(new EventSealer(secrets).seal(text, aad))).not.toBe(saltOf(sealer.seal(text, aad)));
  });
});
