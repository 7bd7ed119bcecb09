import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HeldBack, HeldBudget } from './held-back.js';

const envelope = Buffer.alloc(10);
const event = (seq: number) => ({ from: seq, seq, envelope });

it('gives back in order what came in any order, and stops at a hole', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([2, 3, 4, 5, 6, 7, 8, 9], { minLength: 1 }), (seqs) => {
      const held = new HeldBack(new HeldBudget());
      for (const seq of seqs) held.add(event(seq));
      const taken: number[] = [];
      let delivered = 1;
      for (let next = held.take(delivered); next; next = held.take(delivered)) taken.push((delivered = next.seq));
      const run = [2, 3, 4, 5, 6, 7, 8, 9].findIndex((seq) => !seqs.includes(seq));
      expect(taken).toEqual([2, 3, 4, 5, 6, 7, 8, 9].slice(0, run < 0 ? 8 : run));
      expect(held.size).toBe(seqs.length - taken.length);
    }),
  );
});

it('drops what covers nothing new', () => {
  const held = new HeldBack(new HeldBudget());
  for (const seq of [3, 4, 5]) held.add(event(seq));
  expect(held.take(4)?.seq).toBe(5);
  expect(held.size).toBe(0);
});

it('keeps no more than its own cap and the budget of all, and gives its share back', () => {
  const budget = new HeldBudget(95);
  const [one, other] = [new HeldBack(budget), new HeldBack(budget)];
  for (let seq = 2; seq < 9; seq++) one.add(event(seq));
  for (let seq = 2; seq < 100; seq++) other.add(event(seq));
  expect([one.size, other.size, budget.bytes, budget.events]).toEqual([7, 2, 90, 9]);
  one.clear();
  expect(one.take(1)?.seq).toBeUndefined();
  expect([budget.bytes, budget.events]).toEqual([20, 2]);

  const many = new HeldBack(new HeldBudget());
  for (let seq = 2; seq < 10_000; seq++) many.add(event(seq));
  expect(many.size).toBe(1_000);
});

it('keeps a copy, not the message it came in', () => {
  const held = new HeldBack(new HeldBudget());
  const message = Buffer.from('abcdef');
  held.add({ from: 2, seq: 2, envelope: message.subarray(0, 3) });
  message.fill('x');
  expect(held.take(1)?.envelope.toString()).toBe('abc');
});
