import { expect, it } from 'vitest';
import { TypingTurns } from './typing-turns.js';

it('hears somebody type once a second in each channel, and stop once', () => {
  const turns = new TypingTurns();
  const took = (at: number, isTyping: boolean, channel = 'c1') => turns.take(channel, isTyping, at);
  expect([took(0, false), took(0, true), took(1, true), took(999, true), took(1_000, true)]).toEqual([
    false,
    true,
    false,
    false,
    true,
  ]);
  expect([took(1_100, false), took(1_100, false), took(1_200, true), took(2_000, true)]).toEqual([true, false, false, true]);
  expect(took(2_000, true, 'c2')).toBe(true);
  expect(took(0, true)).toBe(true); // a clock set back locks nobody out
});

it('remembers so many channels and no more', () => {
  const turns = new TypingTurns();
  for (let i = 0; i < 320; i++) expect(turns.take(`c${i}`, true, 0)).toBe(true);
  for (let i = 288; i < 320; i++) expect(turns.take(`c${i}`, true, 0)).toBe(false);
  expect(turns.take('c0', true, 0)).toBe(true);
});
