import { expect, it } from 'vitest';
import { useStore } from '../../tests/support/test-store.js';
import type { Notification } from './index.js';

const store = useStore();
const { notifications } = store;

const day = 86_400_000;
let turn = 0;
const someone = () => `u${++turn}`;
const at = (i: number) => new Date(1_700_000_000_000 + i);
const one = (userId: string, i: number, more: Partial<Notification> = {}): Notification => ({
  _id: `${userId} ${i}`,
  userId,
  type: 'mention',
  data: { channelId: 'c1', nested: { id: 'x' } },
  key: `c1:${i}`,
  readAt: null,
  createdAt: at(i),
  expiresAt: new Date(Date.now() + day),
  ...more,
});
const upTo = (userId: string, count: number) => Array.from({ length: count }, (_, i) => one(userId, i + 1));
const idsOf = (list: readonly Notification[]) => list.map(({ _id }) => _id);

it('makes each once for its user and key, and says which are new', async () => {
  const [ann, bob] = [someone(), someone()];
  expect(idsOf(await notifications.insertNew([one(ann, 1), one(bob, 1)])).sort()).toEqual([`${ann} 1`, `${bob} 1`].sort());
  const again = [one(ann, 1, { type: 'other' }), one(ann, 2), one(bob, 1, { _id: 'of another id' })];
  expect(idsOf(await notifications.insertNew(again))).toEqual([`${ann} 2`]);
  expect(await notifications.insertNew(again)).toEqual([]);
  expect(await notifications.page(ann, { limit: 10 })).toEqual([one(ann, 2, dates(ann, 2)), one(ann, 1, dates(ann, 1))]);
  expect(idsOf(await notifications.page(bob, { limit: 10 }))).toEqual([`${bob} 1`]);

  function dates(userId: string, i: number) {
    return { expiresAt: expect.any(Date) as Date, createdAt: at(i), userId };
  }
});

it('by two writers at once is made once, and new to one of them', async () => {
  const ann = someone();
  const all = upTo(ann, 700);
  const made = await Promise.all([notifications.insertNew(all), notifications.insertNew([...all].reverse())]);
  expect(new Set(idsOf(made.flat())).size).toBe(700);
  expect(made.flat()).toHaveLength(700);
});

it('is paged from the newest on, also where several are of one moment, and leaves out what has expired', async () => {
  const ann = someone();
  const list = upTo(ann, 5).map((each) => ({ ...each, createdAt: at(1) }));
  await notifications.insertNew([...list, one(ann, 9, { expiresAt: new Date(Date.now() - 1) })]);
  const seen: string[] = [];
  for (let after: { createdAt: Date; id: string } | undefined; ;) {
    const page = await notifications.page(ann, { limit: 2, ...(after && { after }) });
    seen.push(...idsOf(page));
    const last = page.at(-1);
    if (!last) break;
    after = { createdAt: last.createdAt, id: last._id };
  }
  expect(seen).toEqual([5, 4, 3, 2, 1].map((i) => `${ann} ${i}`));
  expect(await notifications.countUnread(ann)).toBe(5);
});

it('is read once, one by one or all until a time, by its own user alone', async () => {
  const [ann, bob] = [someone(), someone()];
  await notifications.insertNew([...upTo(ann, 4), one(bob, 1)]);
  expect(await notifications.markRead(bob, `${ann} 1`)).toBeNull();
  expect(await notifications.markRead(ann, `${ann} 2`, at(50))).toMatchObject({ readAt: at(50) });
  expect(await notifications.markRead(ann, `${ann} 2`, at(60))).toMatchObject({ readAt: at(50) });
  expect(await notifications.markAllRead(ann, at(3), at(70))).toBe(2);
  expect(await notifications.markAllRead(ann, at(3))).toBe(0);
  expect(idsOf(await notifications.page(ann, { unread: true, limit: 10 }))).toEqual([`${ann} 4`]);
  expect(await Promise.all([ann, bob].map((userId) => notifications.countUnread(userId)))).toEqual([1, 1]);
});
