import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MalformedEvents, packEvents, unpackEvents } from './events.js';

const anEvent = fc
  .record({ from: fc.integer({ min: 1, max: 2 ** 40 }), covers: fc.nat(1000), envelope: fc.uint8Array({ maxLength: 200 }) })
  .map(({ from, covers, envelope }) => ({ from, seq: from + covers, envelope: Buffer.from(envelope) }));

it('gives back what was packed', () => {
  fc.assert(fc.property(fc.array(anEvent), (events) => expect(unpackEvents(packEvents(events))).toEqual(events)));
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
