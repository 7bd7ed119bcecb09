import fc from 'fast-check';
import { expect, it } from 'vitest';
import { channelChangedOf, eventNameOf, positionOf } from './event-text.js';

const text = (frame: unknown) => Buffer.from(JSON.stringify(frame));

it('reads the name, also when it does not come first', () => {
  expect(eventNameOf(text({ event: 'message.new', payload: {} }))).toBe('message.new');
  expect(eventNameOf(text({ payload: { event: 'no' }, event: 'channel.changed' }))).toBe('channel.changed');
  expect(() => eventNameOf(Buffer.from('{}'))).toThrow();
});

it('reads the position whatever the text says', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(2 ** 31), (said, position) => {
      const tricky = `${said}"position":7,{"position":8}`;
      expect(positionOf(text({ event: 'message.new', payload: { text: tricky, position } }))).toBe(position);
    }),
  );
  expect(positionOf(text({ event: 'message.new', payload: { text: '"position":7' } }))).toBeUndefined();
  expect(positionOf(text({ event: 'message.new', payload: { position: 'x' } }))).toBeUndefined();
});

it('refuses a change of a channel that is none', () => {
  expect(() => channelChangedOf(text({ event: 'channel.changed', payload: { changes: [{ kind: 'left' }] } }))).toThrow();
});
