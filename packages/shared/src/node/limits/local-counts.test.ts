import { expect, it } from 'vitest';
import { LocalCounts } from './local-counts.js';

it('counts each key alone, and forgets who was not seen for longest', async () => {
  const counts = new LocalCounts({ points: 2, seconds: 60 }, 2);
  await counts.consume('a');
  await counts.consume('b');
  expect((await counts.consume('a')).remainingPoints).toBe(0);
  await expect(counts.consume('a')).rejects.toMatchObject({ consumedPoints: 3 });
  await counts.consume('c'); // b goes, a was seen since
  await expect(counts.consume('a')).rejects.toMatchObject({ consumedPoints: 4 });
  expect((await counts.consume('b')).remainingPoints).toBe(1);
});
