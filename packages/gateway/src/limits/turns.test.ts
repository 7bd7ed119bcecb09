import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Turns } from './turns.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('keeps the order of what is permitted and what is refused, however the answers come in', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ permitted: fc.boolean() }), { minLength: 1, maxLength: 12 }),
      fc.scheduler(),
      async (sends, scheduler) => {
        const turns = new Turns();
        const done: string[] = [];
        sends.forEach(({ permitted }, n) => {
          const answer = scheduler.schedule(Promise.resolve());
          const permission = () => answer.then(() => (permitted ? undefined : Promise.reject(new Error(`${n}`))));
          turns.take(
            permission,
            () => done.push(`${n} goes`),
            (error) => done.push(`${(error as Error).message} refused`),
          );
        });
        await scheduler.waitAll();
        await settled();
        expect(done).toEqual(sends.map(({ permitted }, n) => `${n} ${permitted ? 'goes' : 'refused'}`));
      },
    ),
    { numRuns: 200 },
  );
});

it('asks at once, and lets only so many wait', async () => {
  const turns = new Turns(2);
  const asked: (() => void)[] = [];
  const permission = () => new Promise<void>((resolve) => asked.push(resolve));
  let gone = 0;
  const take = () =>
    turns.take(
      permission,
      () => (gone += 1),
      () => undefined,
    );
  take();
  take();
  expect(asked).toHaveLength(2);
  expect(take).toThrow(expect.objectContaining({ code: 'RATE_LIMIT_EXCEEDED', retryAfterMs: 1_000 }));
  expect(asked).toHaveLength(2);
  asked.forEach((permit) => permit());
  await settled();
  expect(gone).toBe(2);
  take();
  expect(asked).toHaveLength(3);
});
