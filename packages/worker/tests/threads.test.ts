import { randomUUID } from 'node:crypto';
import { eventually } from '@storm/devstack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await createRig({ shards: 2 });
  await rig.startWorker();
});
afterAll(() => rig.stop());

const reply = (channelId: string, senderId: string, threadId: string, text = 're') =>
  rig.submit(rig.change(channelId, senderId, { kind: 'message', text, threadId, clientTs: Date.now() }));

it('answers a message, is counted, and is not answered itself', async () => {
  const ann = await rig.user();
  const room = await rig.channel(ann);
  const changeId = randomUUID();
  const root = await rig.say(room, ann, 'root', { changeId });
  const id = root.id ?? '';
  const first = await reply(room, ann, id);
  expect(first).toMatchObject({ status: 'persisted', state: { message: { threadId: id, position: 2, replyCount: 0 } } });
  await reply(room, ann, id);
  expect(await reply(room, ann, first.id ?? '')).toMatchObject({
    status: 'failed',
    code: 'REFUSED',
    message: 'there is no such thread',
  });
  expect(await reply(room, ann, `m${'x'.repeat(22)}`)).toMatchObject({ status: 'failed', code: 'REFUSED' });

  const { messages } = await rig.asker.ask({ kind: 'page', userId: ann, channelId: room, limit: 10 });
  expect(messages.map(({ replyCount, threadId }) => [replyCount, threadId])).toEqual([
    [2, null],
    [0, id],
    [0, id],
  ]);
  expect(await rig.asker.ask({ kind: 'message', userId: ann, channelId: room, id })).toMatchObject({ replyCount: 2 });
  expect(await rig.say(room, ann, 'root', { changeId })).toMatchObject({
    status: 'duplicate',
    state: { message: { replyCount: 2 } },
  });
  const deleted = await rig.submit(rig.change(room, ann, { kind: 'delete', id }));
  expect(deleted).toMatchObject({ status: 'persisted', state: { message: { text: null, replyCount: 2 } } });
});

it('of another channel is none', async () => {
  const ann = await rig.user();
  const [one, other] = [await rig.channel(ann), await rig.channel(ann)];
  const root = await rig.say(one, ann, 'root');
  expect(await reply(other, ann, root.id ?? '')).toMatchObject({ status: 'failed', code: 'REFUSED' });
});

it('mentions members by name, in any case, and nobody else', async () => {
  const [ann, bob, out] = [await rig.user(), await rig.user('Bobby_1'), await rig.user('outsider')];
  const room = await rig.channel(ann);
  const live = await rig.listen(room);
  await rig.submit(rig.change(room, ann, { kind: 'add', userId: bob, role: 'member' }));
  expect(await rig.say(room, ann, 'hi @bobby_1, @BOBBY_1, @outsider and @nobody')).toMatchObject({
    state: { message: { mentions: [bob] } },
  });
  await eventually(() => live.some(({ event }) => event === 'message.new'));
  expect(live.at(-1)?.payload).toMatchObject({ mentions: [bob] });
  const range = { channelId: room, from: 0, to: 10 };
  expect(await rig.store.timeline.countMentions(bob, [range])).toEqual(new Map([[room, 1]]));
  expect(await rig.store.timeline.countMentions(out, [range])).toEqual(new Map());

  await rig.submit(rig.change(room, ann, { kind: 'remove', userId: bob }));
  expect(await rig.say(room, ann, 'bye @bobby_1')).toMatchObject({ state: { message: { mentions: [] } } });
  await rig.submit(rig.change(room, ann, { kind: 'add', userId: out, role: 'member' }));
  expect(await rig.say(room, ann, 'welcome @OutSider')).toMatchObject({ state: { message: { mentions: [out] } } });
});
