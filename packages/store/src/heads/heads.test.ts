import fc from 'fast-check';
import { expect, it } from 'vitest';
import { useStore } from '../../tests/support/test-store.js';

const { heads } = useStore();
let count = 0;
const newChannel = () => `c${++count}`;

it('keeps the furthest of what it is told, in whatever order and by how many at once', async () => {
  const update = fc.record({ seq: fc.nat(1_000), position: fc.nat(1_000) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(update, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
      async (writers) => {
        const channelId = newChannel();
        await Promise.all(writers.map((updates) => heads.advance(updates.map((head) => ({ channelId, ...head })))));
        const all = writers.flat();
        const furthest = {
          seq: Math.max(...all.map(({ seq }) => seq)),
          position: Math.max(...all.map(({ position }) => position)),
        };
        expect((await heads.read([channelId])).get(channelId)).toEqual(furthest);
      },
    ),
    { numRuns: 30 },
  );
});

it('leaves out channels that it knows nothing of', async () => {
  expect(await heads.read(['c-unknown'])).toEqual(new Map());
  await heads.advance([]);
});

it('reads more channels than one query names', async () => {
  const channels = Array.from({ length: 1_100 }, newChannel);
  await heads.advance(channels.map((channelId, i) => ({ channelId, seq: i, position: 0 })));
  const found = await heads.read(channels);
  expect(channels.map((channelId) => found.get(channelId)?.seq)).toEqual(channels.map((_, i) => i));
});

it('lists what moved since a time, the longest ago first', async () => {
  const [a, b, c] = [newChannel(), newChannel(), newChannel()];
  const future = Date.now() + 3_600_000;
  for (const [channelId, ms] of [
    [b, 3],
    [c, 1],
    [a, 2],
  ] as const) {
    await heads.advance([{ channelId, seq: 5, position: 4 }], new Date(future + ms));
  }
  expect(await heads.movedSince(new Date(future + 2), 10)).toEqual([
    { channelId: a, seq: 5, position: 4, updatedAt: new Date(future + 2) },
    { channelId: b, seq: 5, position: 4, updatedAt: new Date(future + 3) },
  ]);
  expect((await heads.movedSince(new Date(future), 2)).map(({ channelId }) => channelId)).toEqual([c, a]);
  await expect(heads.movedSince(new Date(), 10_001)).rejects.toThrow(RangeError);
});
