import { expect, it } from 'vitest';
import { Semaphore } from './semaphore.js';

it('runs so many at once, the others in order, also after one has failed', async () => {
  const slots = new Semaphore(2);
  const began: number[] = [];
  const ends: (() => void)[] = [];
  const runs = [0, 1, 2, 3].map((n) =>
    slots.run(async () => {
      began.push(n);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (n === 0) throw new Error('failed');
    }),
  );
  expect(began).toEqual([0, 1]);
  ends[0]?.();
  await expect(runs[0]).rejects.toThrow('failed');
  expect(began).toEqual([0, 1, 2]);
  ends[1]?.();
  await runs[1];
  ends[2]?.();
  ends[3]?.();
  await Promise.all(runs.slice(1));
  expect(began).toEqual([0, 1, 2, 3]);
});
