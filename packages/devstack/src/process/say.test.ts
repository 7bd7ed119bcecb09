import { afterEach, expect, it, vi } from 'vitest';
import { sayOnTerminal, step } from './say.js';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it('announces a long step, reminds while it lasts, and ends with its time', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const lines: string[] = [];
  let finish = () => {};
  const work = new Promise<string>((resolve) => (finish = () => resolve('result')));

  const done = step(
    (line) => lines.push(line),
    { doing: 'building', expect: 'a minute' },
    () => work,
  );
  vi.advanceTimersByTime(25_000);
  finish();

  expect(await done).toBe('result');
  expect(lines).toEqual(['building (a minute)', 'still building: 10.0 s', 'still building: 20.0 s', 'building: done in 25.0 s']);
  expect(vi.getTimerCount()).toBe(0);
});

it('says that a step failed and passes on why', async () => {
  const lines: string[] = [];
  await expect(
    step(
      (line) => lines.push(line),
      { doing: 'building' },
      () => Promise.reject(new Error('no Go')),
    ),
  ).rejects.toThrow('no Go');
  expect(lines).toEqual([expect.stringMatching(/^building: failed after \d\.\d s$/)]);
});

it('leaves stdout to results', () => {
  const error = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  sayOnTerminal()('hello');
  expect(error).toHaveBeenCalledWith(expect.stringMatching(/^ *\d+\.\ds {2}hello\n$/));
  expect(output).not.toHaveBeenCalled();
});
