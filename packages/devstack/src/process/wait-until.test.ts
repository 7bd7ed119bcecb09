import { expect, it } from 'vitest';
import { waitUntil } from './wait-until.js';

it('returns the first truthy answer, taking what throws for "not yet"', async () => {
  let asked = 0;
  const answer = await waitUntil(
    () => {
      if (++asked === 1) throw new Error('too early');
      return asked > 2 && `answer ${asked}`;
    },
    { everyMs: 1 },
  );
  expect(answer).toBe('answer 3');
});

it('gives up in time, naming what it waited for and the last error', async () => {
  const waiting = waitUntil(() => Promise.reject(new Error('refused')), { timeoutMs: 30, everyMs: 5, what: 'the server' });
  await expect(waiting).rejects.toMatchObject({ message: 'waited 30 ms in vain for the server', cause: new Error('refused') });
});

it('ends with the reason of its signal', async () => {
  const signal = AbortSignal.abort(new Error('the child is gone'));
  await expect(waitUntil(() => false, { signal })).rejects.toThrow('the child is gone');
});
