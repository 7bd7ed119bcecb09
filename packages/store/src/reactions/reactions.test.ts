import { beforeAll, expect, it } from 'vitest';
import { useStore } from '../../tests/support/test-store.js';
import { reactionQueries, type ReactionQueries } from './index.js';

const store = useStore();
let reactions: ReactionQueries;
beforeAll(() => (reactions = reactionQueries(store.models.reactions)));

const key = (userId: string, emoji: string, position = 1) => ({ channelId: 'c1', position, userId, emoji });
const op = (userId: string, emoji: string, seq: number, isActive = true, position = 1) => ({
  ...key(userId, emoji, position),
  seq,
  isActive,
});

it('keeps the state of the last change, done in any order and again', async () => {
  await reactions.apply([
    op('ua', '👍', 3),
    op('ub', '👍', 4),
    op('ua', '🎉', 5),
    op('ua', '👍', 6, false),
    op('ua', '🎉', 7, true, 2),
  ]);
  await reactions.apply([op('ua', '👍', 3), op('ub', '👍', 4)]);
  await reactions.apply([]);
  const active = await reactions.active([key('ua', '👍'), key('ub', '👍'), key('ua', '🎉'), key('uc', '👍')]);
  expect(active.map(({ userId, emoji }) => `${userId} ${emoji}`).sort()).toEqual(['ua 🎉', 'ub 👍']);
  expect(await reactions.ofUser('c1', 'ua', [1, 2, 3])).toEqual(
    new Map([
      [1, ['🎉']],
      [2, ['🎉']],
    ]),
  );
  expect(await store.models.reactions.countDocuments({})).toBe(4);
});

it('is one document for one user and emoji, however many write it at once', async () => {
  await Promise.all(Array.from({ length: 8 }, (_, i) => reactions.apply([op('ud', '❤️', 10 + i, i === 7)])));
  expect(await store.models.reactions.find({ userId: 'ud' }).lean()).toMatchObject([{ version: 17, isActive: true }]);
});
