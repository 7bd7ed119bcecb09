import { randomUUID } from 'node:crypto';
import { channelIdOf, type ChangeBody } from '@storm/shared/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
let ann: string;
let bob: string;
beforeAll(async () => {
  rig = await createRig({ shards: 4 });
  await rig.startWorker();
  await rig.startWorker();
  [ann, bob] = [await rig.user(), await rig.user()];
});
afterAll(() => rig.stop());

const fresh = () => `Name ${randomUUID().slice(0, 12)}`;
const create = (userId: string, name: string, type: 'public' | 'private' = 'public') => {
  const changeId = randomUUID();
  const body = { kind: 'create', type, name, description: null } as const;
  return rig.submit(rig.change(channelIdOf(userId, changeId), userId, body, { changeId }));
};
const change = (channelId: string, userId: string, body: ChangeBody) => rig.submit(rig.change(channelId, userId, body));
const rename = (channelId: string, name: string, userId = ann) => change(channelId, userId, { kind: 'rename', name });
const taken = { status: 'failed', code: 'CONFLICT', message: 'the name is taken' };
/** The channel that holds a name, as the database has it. */
const holder = async (name: string) => (await rig.store.models.names.findById(name.toLowerCase()))?.channelId ?? null;

it('is taken in any case of letters, and a private channel may bear it', async () => {
  const name = fresh();
  const { channelId } = await create(ann, name);
  expect(await create(bob, name)).toMatchObject(taken);
  expect(await create(bob, name.toUpperCase())).toMatchObject(taken);
  expect(await create(bob, name.toLowerCase(), 'private')).toMatchObject({ status: 'persisted' });
  expect(await holder(name)).toBe(channelId);
});

it('is free again once its channel was renamed', async () => {
  const [old, young] = [fresh(), fresh()];
  const { channelId } = await create(ann, old);
  expect(await rename(channelId, young)).toMatchObject({ status: 'persisted', state: { channel: { name: young } } });
  expect([await holder(old), await holder(young)]).toEqual([null, channelId]);
  expect(await create(bob, old)).toMatchObject({ status: 'persisted' });
  expect(await rename(channelId, old)).toMatchObject(taken);
  expect(await holder(young)).toBe(channelId);
});

it('changes its letters without being given up', async () => {
  const name = fresh();
  const { channelId } = await create(ann, name);
  expect(await rename(channelId, name.toUpperCase())).toMatchObject({ status: 'persisted' });
  expect(await holder(name)).toBe(channelId);
  expect(await create(bob, name)).toMatchObject(taken);
});

it('is free again after changes that changed nothing', async () => {
  const [old, young] = [fresh(), fresh()];
  const { channelId } = await create(ann, old);
  expect(await rename(channelId, old)).toMatchObject({ status: 'duplicate' });
  expect(await rename(channelId, old, bob)).toMatchObject({ status: 'failed', code: 'FORBIDDEN' });
  expect(await rename(channelId, young)).toMatchObject({ status: 'persisted' });
  expect([await holder(old), await holder(young)]).toEqual([null, channelId]);
});

it('is borne by the last of many renames, and the others are free', async () => {
  const all = Array.from({ length: 6 }, fresh);
  const [first = '', ...others] = all;
  const { channelId } = await create(ann, first);
  const verdicts = await Promise.all([...others, others[0] ?? ''].map((name) => rename(channelId, name)));
  expect(verdicts.map(({ status }) => status)).toEqual(Array(6).fill('persisted'));
  const holders = await Promise.all(all.map(holder));
  expect((await rig.store.channels.get(channelId))?.name).toBe(others[0]);
  expect(holders).toEqual(all.map((name) => (name === others[0] ? channelId : null)));
});

it('is not kept by who was refused', async () => {
  const [mine, wanted] = [fresh(), fresh()];
  const { channelId } = await create(ann, mine);
  expect(await rename(channelId, wanted, bob)).toMatchObject({ code: 'FORBIDDEN' });
  await change(channelId, ann, { kind: 'archive' });
  expect(await rename(channelId, wanted)).toMatchObject({ code: 'REFUSED' });
  const { channelId: dm } = await rig.dm(ann, bob);
  expect(await rename(dm, wanted)).toMatchObject({ code: 'REFUSED' });
  const gone = await change(channelIdOf(ann, randomUUID()), ann, {
    kind: 'create',
    type: 'public',
    name: wanted,
    description: null,
  });
  expect(gone).toMatchObject({ status: 'failed', code: 'NOT_FOUND' });
  expect(await holder(wanted)).toBeNull();
  expect(await holder(mine)).toBe(channelId);
});

it('is not kept by another body under the id of a change that was made', async () => {
  const [mine, stolen] = [fresh(), fresh()];
  const { channelId } = await create(ann, fresh());
  const changeId = randomUUID();
  const once = (name: string) => rig.submit(rig.change(channelId, ann, { kind: 'rename', name }, { changeId }));
  expect(await once(mine)).toMatchObject({ status: 'persisted' });
  expect(await once(stolen)).toMatchObject({ status: 'conflict' });
  expect(await once(mine)).toMatchObject({ status: 'duplicate' });
  expect([await holder(mine), await holder(stolen)]).toEqual([channelId, null]);
});

it('is claimed by changes that only the ones before them in the same job allow', async () => {
  const changeId = randomUUID();
  const [first, second, third] = [fresh(), fresh(), fresh()];
  const channelId = channelIdOf(ann, changeId);
  const steps: [string, ChangeBody, string?][] = [
    [ann, { kind: 'create', type: 'public', name: first, description: null }, changeId],
    [ann, { kind: 'rename', name: second }],
    [ann, { kind: 'add', userId: bob, role: 'moderator' }],
    [bob, { kind: 'rename', name: third }],
  ];
  const verdicts = await Promise.all(
    steps.map(([userId, body, id]) => rig.submit(rig.change(channelId, userId, body, { ...(id ? { changeId: id } : {}) }))),
  );
  expect(verdicts.map(({ status, seq }) => [status, seq])).toEqual([1, 2, 3, 4].map((seq) => ['persisted', seq]));
  expect(await Promise.all([first, second, third].map(holder))).toEqual([null, null, channelId]);
});

it('is one creator’s, of many at once over two workers', async () => {
  const names = Array.from({ length: 5 }, fresh);
  const verdicts = await Promise.all(
    names.flatMap((name) => Array.from({ length: 6 }, (_, i) => create(i % 2 ? ann : bob, name))),
  );
  for (const [i, name] of names.entries()) {
    const own = verdicts.slice(i * 6, i * 6 + 6);
    expect(own.map(({ status }) => status).sort()).toEqual(['failed', 'failed', 'failed', 'failed', 'failed', 'persisted']);
    for (const verdict of own) if (verdict.status === 'failed') expect(verdict).toMatchObject(taken);
    expect(await holder(name)).toBe(own.find(({ status }) => status === 'persisted')?.channelId);
  }
});

it('swapped between two channels at once is never borne by both', async () => {
  const [a, b] = [fresh(), fresh()];
  const [one, two] = [(await create(ann, a)).channelId, (await create(ann, b)).channelId];
  await Promise.all([rename(one, b), rename(two, a), rename(one, fresh()), rename(two, b), rename(one, a)]);
  const [x, y] = await Promise.all([one, two].map((id) => rig.store.channels.get(id)));
  expect(x?.name?.toLowerCase()).not.toBe(y?.name?.toLowerCase());
  for (const channel of [x, y]) expect(await holder(channel?.name ?? '')).toBe(channel?._id);
});
