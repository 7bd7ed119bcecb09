import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { unavailable } from '../errors/storm-error.js';
import { ReadMerger } from './read-merger.js';

let sent: { at: number; key: string; position: number }[];
let isOpen: boolean;
let clock: number;
let merger: ReadMerger;

const mark = (name: string, position: number) => ({ channelId: 'c', userId: name, position });
const read = (name: string, position: number) => merger.note(mark(name, position));
const pass = (ms: number) => {
  for (let passed = 0; passed < ms; passed += 10) {
    clock += 10;
    vi.advanceTimersByTime(10);
  }
};

function aMerger(options: { capacity?: number } = {}): ReadMerger {
  return new ReadMerger({
    now: () => clock,
    send: ({ userId, position }) => {
      if (!isOpen) throw unavailable('no');
      sent.push({ at: clock, key: userId, position });
    },
    ...options,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  [sent, isOpen, clock] = [[], true, 0];
  merger = aMerger();
});
afterEach(() => {
  merger.close();
  vi.useRealTimers();
});

it('sends the first soon, then the furthest of each second, whatever comes', () => {
  for (let position = 1; position <= 300; position++) {
    read('ann', position);
    pass(10);
  }
  pass(2_000);
  expect(sent.length).toBeLessThanOrEqual(5);
  expect(sent[0]?.at).toBe(100);
  for (const [i, { at }] of sent.entries()) if (i > 0) expect(at - (sent[i - 1]?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
  expect(sent.at(-1)?.position).toBe(300);
});

it('sends nothing that is not further', () => {
  read('ann', 5);
  read('ann', 4);
  pass(100);
  read('ann', 5);
  read('ann', 3);
  pass(3_000);
  expect(sent).toMatchObject([{ position: 5 }]);
});

it('keeps users apart, and sends those that come together together', () => {
  read('ann', 1);
  pass(50);
  read('bob', 2);
  pass(1_000);
  expect(sent).toEqual([
    { at: 100, key: 'ann', position: 1 },
    { at: 100, key: 'bob', position: 2 },
  ]);
});

it('waits while nothing is taken in, and then sends what is furthest by then', () => {
  isOpen = false;
  read('ann', 1);
  pass(5_000);
  read('ann', 2);
  isOpen = true;
  pass(100);
  expect(sent).toMatchObject([{ position: 2 }]);
});

it('sends again, a second later, what the queue did not take', () => {
  read('ann', 3);
  pass(100);
  merger.again(mark('ann', 3));
  pass(900);
  expect(sent).toHaveLength(1);
  pass(200);
  expect(sent).toMatchObject([{ position: 3 }, { position: 3 }]);
});

it('refuses one more user at the cap, serves those it has, and has room again after a second', () => {
  merger.close();
  merger = aMerger({ capacity: 2 });
  read('ann', 1);
  read('bob', 1);
  expect(() => read('cyd', 1)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
  read('bob', 2);
  pass(100);
  expect(() => read('cyd', 1)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
  pass(1_100);
  read('cyd', 1);
  pass(100);
  expect(sent.map(({ key, position }) => [key, position])).toEqual([
    ['ann', 1],
    ['bob', 2],
    ['cyd', 1],
  ]);
});

it('sends at once what waits when told to, and holds no timer once all is sent', () => {
  read('ann', 1);
  merger.flush();
  expect(sent).toHaveLength(1);
  pass(2_000);
  expect(vi.getTimerCount()).toBe(0);
});
