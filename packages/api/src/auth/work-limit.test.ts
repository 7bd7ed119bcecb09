import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WorkLimit } from './work-limit.js';

function job() {
  let done = (_: string) => {};
  const result = new Promise<string>((resolve) => (done = resolve));
  return { done, work: () => result };
}

it('runs as many at once as allowed, lets a few wait in order, and refuses the rest', async () => {
  const limit = new WorkLimit({ parallel: 1, waiting: 1 });
  const [first, second] = [job(), job()];
  const started: string[] = [];
  const a = limit.run(() => (started.push('a'), first.work()));
  const b = limit.run(() => (started.push('b'), second.work()));
  await expect(limit.run(() => Promise.resolve())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(started).toEqual(['a']);
  first.done('1');
  expect(await a).toBe('1');
  second.done('2');
  expect(await b).toBe('2');
  expect(started).toEqual(['a', 'b']);
});

it('gives its place back when the work fails', async () => {
  const limit = new WorkLimit({ parallel: 1, waiting: 0 });
  for (let i = 0; i < 3; i++) await expect(limit.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await limit.run(() => Promise.resolve('yes'))).toBe('yes');
});

it('never runs or keeps more than allowed, starts what it took in order, and loses none, however work comes and ends', async () => {
  const sizes = fc.record({ parallel: fc.integer({ min: 1, max: 3 }), waiting: fc.integer({ min: 0, max: 3 }) });
  const steps = fc.array(fc.constantFrom('come', 'end', 'fail'), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(sizes, steps, async (sizes, steps) => {
      const limit = new WorkLimit(sizes);
      const started: number[] = [];
      const underWay: ((error?: Error) => void)[] = [];
      const taken: number[] = [];
      const results: Promise<unknown>[] = [];
      const check = () => {
        expect(underWay.length).toBeLessThanOrEqual(sizes.parallel);
        expect(limit.depth.running).toBe(underWay.length);
        expect(limit.depth.waiting).toBe(taken.length - started.length);
        expect(limit.depth.waiting).toBeLessThanOrEqual(sizes.waiting);
      };
      const settle = async (error?: Error) => {
        underWay.shift()?.(error);
        for (let i = 0; i < 8; i++) await Promise.resolve();
      };
      for (const [n, step] of steps.entries()) {
        if (step !== 'come') {
          await settle(step === 'fail' ? new Error('no') : undefined);
        } else {
          const isFull = underWay.length >= sizes.parallel && taken.length - started.length >= sizes.waiting;
          if (!isFull) taken.push(n);
          const result = limit.run(() => {
            started.push(n);
            return new Promise<void>((resolve, reject) => underWay.push((error) => (error ? reject(error) : resolve())));
          });
          results.push(isFull ? expect(result).rejects.toMatchObject({ code: 'UNAVAILABLE' }) : result.catch(() => undefined));
          await Promise.resolve();
        }
        check();
      }
      while (underWay.length > 0) await settle();
      await Promise.all(results);
      expect(started).toEqual(taken);
      expect(limit.depth).toEqual({ running: 0, waiting: 0 });
    }),
  );
});
