import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isSignal, MalformedEvents, packEvents, unpackEvents } from './events.js';

const anEvent = fc
  .record({ from: fc.integer({ min: 1, max: 2 ** 40 }), covers: fc.nat(1000), envelope: fc.uint8Array({ maxLength: 200 }) })
  .map(({ from, covers, envelope }) => ({ from, seq: from + covers, envelope: Buffer.from(envelope) }));

it('gives back what was packed', () => {
  fc.assert(
    fc.property(fc.array(anEvent), (events) => {
      expect(unpackEvents(packEvents(events))).toEqual(events);
    }),
  );
});

it('refuses what is cut short, at any byte', () => {
  fc.assert(
    fc.property(anEvent, fc.nat(), (event, cut) => {
      const packed = packEvents([event]);
      const length = 1 + (cut % (packed.length - 1));
      expect(() => unpackEvents(packed.subarray(0, length))).toThrow(MalformedEvents);
    }),
  );
});

it('refuses a range that ends before it begins', () => {
  expect(() => unpackEvents(packEvents([{ from: 5, seq: 4, envelope: Buffer.alloc(0) }]))).toThrow(MalformedEvents);
});

it('takes nothing but what was packed: any bytes are refused, or say just that', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.array(anEvent, { maxLength: 2 }), (noise, events) => {
      const message = Buffer.concat([packEvents(events), noise]);
      let unpacked;
      try {
        unpacked = unpackEvents(message);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedEvents);
        return;
      }
      expect(packEvents(unpacked)).toEqual(message);
    }),
  );
});

it('refuses a length that is less than a head, or more than there is', () => {
  for (const length of [0, 15, 17, 2 ** 32 - 1]) {
    const packed = packEvents([{ from: 1, seq: 1, envelope: Buffer.alloc(0) }]);
    packed.writeUInt32BE(length, 0);
    expect(() => unpackEvents(packed), `${length}`).toThrow(MalformedEvents);
  }
});

it.each([0, -1, 0.5, NaN, Infinity, 2 ** 53])('refuses %d for a seq', (seq) => {
  expect(() => unpackEvents(packEvents([{ from: 1, seq, envelope: Buffer.alloc(0) }]))).toThrow(MalformedEvents);
  expect(() => unpackEvents(packEvents([{ from: seq, seq: 1, envelope: Buffer.alloc(0) }]))).toThrow(MalformedEvents);
});

it('carries signals, which have no number', () => {
  const [event, signal] = [3, 0].map((seq) => ({ from: seq, seq, envelope: Buffer.from('x') }));
  const unpacked = unpackEvents(packEvents([event, signal].filter((it) => it !== undefined)));
  expect(unpacked.map(isSignal)).toEqual([false, true]);
});
