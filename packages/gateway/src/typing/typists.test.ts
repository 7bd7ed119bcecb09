import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Channel } from '../hub/channel.js';
import type { Recipient } from '../hub/recipient.js';
import { Typists } from './typists.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A channel with one member, who counts what it is told. */
function aChannel(id: string) {
  const told: string[] = [];
  const pushEphemeral = (frame: Buffer) => void told.push(frame.toString('latin1'));
  const reader: Recipient = { userId: 'reader', push: pushEphemeral, pushEphemeral, close: () => undefined };
  return { told, channel: { id, flowing: true, live: new Set([reader]) } as unknown as Channel };
}

function aHouse(typistsMax?: number) {
  const channels = new Map<string, ReturnType<typeof aChannel>>();
  const of = (id: string) => {
    const known = channels.get(id) ?? aChannel(id);
    channels.set(id, known);
    return known;
  };
  const channelOf = (id: string) => channels.get(id)?.channel;
  const options = { now: Date.now, channelOf, connectionsOf: () => undefined };
  return { of, typists: new Typists({ ...options, ...(typistsMax === undefined ? {} : { typistsMax }) }) };
}

it('keeps 55 of those who type in one channel, tells little of them, and forgets all when they stop', () => {
  const { of, typists } = aHouse();
  const { channel, told } = of('c1');
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 550; i++) typists.receive(channel, { userId: `u${i}`, isTyping: true });
    vi.advanceTimersByTime(200);
  }
  expect(typists.size).toBe(55);
  // Five by name, each as often as it says so; of the others once a second that there are several.
  expect(told).toHaveLength(5 * 10 + 2);
  vi.advanceTimersByTime(4_000);
  expect(typists.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

it('keeps so many over all channels and no more, and has room again when their time is up', () => {
  const { of, typists } = aHouse(100);
  const type = (from: number, to: number) => {
    for (let i = from; i < to; i++) typists.receive(of(`c${i}`).channel, { userId: 'ua', isTyping: true });
  };
  type(0, 1_000);
  expect(typists.size).toBe(100);
  expect(of('c99').told).toHaveLength(1);
  expect(of('c100').told).toHaveLength(0);
  for (let i = 0; i < 1_000; i++) {
    const changes = [{ seq: 1, kind: 'left' as const, actorId: `u${i}`, at: 0 }];
    typists.follow({ channelId: 'c5', from: 1, seq: 1, changes }); // those who left are remembered, too, while there is room
  }
  expect(typists.size).toBe(100);
  vi.advanceTimersByTime(4_000);
  type(2_000, 2_010);
  expect(typists.size).toBe(10);
  typists.stop();
});
