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
