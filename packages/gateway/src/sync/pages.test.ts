import { expect, it } from 'vitest';
import { Pages, type PageKey } from './pages.js';

const key = (since: number): PageKey => ({ epoch: 'e', channelId: 'c', since });
const page = (to: number, bytes = 10) => ({ to, events: Buffer.alloc(bytes) });

function counted(options: { keptMs?: number; keptBytes?: number; bytes?: number } = {}) {
  const reads: number[] = [];
  const read = async ({ since }: PageKey, result: 'page' | 'nothing' | 'error') => {
    reads.push(since);
    await new Promise(setImmediate);
    if (result === 'error') throw new Error('no');
    return result === 'page' ? page(since + 1, options.bytes) : undefined;
  };
  return { reads, pages: new Pages({ read, ...options }) };
}

it('reads once for all who ask at once, and for who asks soon after', async () => {
  const { reads, pages } = counted();
  const all = await Promise.all(Array.from({ length: 1_000 }, () => pages.get(key(1), 'page')));
  expect(new Set(all)).toEqual(new Set([page(2)]));
  expect(await pages.get(key(1), 'page')).toBe(all[0]);
  expect(await pages.get({ ...key(1), epoch: 'f' }, 'page')).toEqual(page(2));
  expect(reads).toEqual([1, 1]);
});

it('reads anew what was not there, what failed, and what is old', async () => {
  const { reads, pages } = counted({ keptMs: 1 });
  expect(await Promise.all([pages.get(key(1), 'nothing'), pages.get(key(1), 'nothing')])).toEqual([undefined, undefined]);
  await expect(Promise.all([pages.get(key(1), 'error'), pages.get(key(1), 'error')])).rejects.toThrow('no');
  expect(await pages.get(key(1), 'page')).toEqual(page(2));
  expect(reads).toEqual([1, 1, 1]);
  await expect.poll(() => pages.bytes, { interval: 1 }).toBe(0);
  await pages.get(key(1), 'page');
  expect(reads).toHaveLength(4);
});

it('keeps no more bytes than it may, whatever is asked', async () => {
  const { reads, pages } = counted({ keptBytes: 10_000, bytes: 1_000 });
  const answers = await Promise.all(Array.from({ length: 100 }, (_, since) => pages.get(key(since), 'page')));
  expect(answers.map((answer) => answer?.to)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  expect(reads).toHaveLength(100);
  expect(pages.bytes).toBeLessThanOrEqual(10_000);
  expect(pages.bytes).toBeGreaterThan(0);
});
