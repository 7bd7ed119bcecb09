import { newUserId, usersPerQuestion } from '@storm/shared/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await createRig({ shards: 1 });
  await rig.startWorker();
});
afterAll(() => rig.stop());

const visible = async (userId: string, others: string[]) =>
  new Map((await rig.asker.ask({ kind: 'visible', userId, others })).users.map((user) => [user.userId, user.lastSeenAt]));

it('says who shares a channel with somebody, both ways, as long as they do, and until when they were seen', async () => {
  const [ann, bob, cat, eve] = await Promise.all([rig.user(), rig.user(), rig.user(), rig.user()]);
  const [room, other] = [await rig.channel(ann, 'public'), await rig.channel(cat, 'public')];
  await rig.submit(rig.change(room, bob, { kind: 'join' }));
  await rig.submit(rig.change(other, ann, { kind: 'join' }));
  await rig.asker.ask({
    kind: 'seen',
    users: [
      [bob, 2_000],
      [bob, 5_000],
      [bob, 3_000],
      [eve, 1],
    ],
  });
  await rig.asker.ask({ kind: 'seen', users: [[bob, 4_000]] });
  expect(await visible(ann, [bob, cat, eve, ann, bob, newUserId()])).toEqual(
    new Map([
      [bob, 5_000],
      [cat, null],
    ]),
  );
  expect([...(await visible(bob, [ann, cat, eve])).keys()]).toEqual([ann]);
  await rig.submit(rig.change(room, bob, { kind: 'leave' }));
  expect(await visible(bob, [ann])).toEqual(new Map());
  expect(await visible(newUserId(), [ann, bob])).toEqual(new Map());
});

it('refuses to look at more than one may ask about', async () => {
  const others = Array.from({ length: usersPerQuestion + 1 }, newUserId);
  await expect(rig.asker.ask({ kind: 'visible', userId: newUserId(), others })).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  });
});
