import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '@storm/devstack/testing';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
  await rig.startWorker();
});
afterAll(() => rig.stop());

it('takes a message from intake to history and to live listeners, once, with one seq and position', async () => {
  const owner = await rig.user();
  const channelId = await rig.channel(owner);
  const live = await rig.listen(channelId);

  const verdict = await rig.say(channelId, owner, 'hello');
  expect(verdict).toMatchObject({ status: 'persisted', channelId, seq: 2, position: 1 });
  expect(verdict.state).toMatchObject({ message: { text: 'hello', senderId: owner, seq: 2, position: 1 } });

  await eventually(() => live.length === 1);
  expect(live[0]).toMatchObject({ from: 2, seq: 2, event: 'message.new', payload: { text: 'hello', id: verdict.id } });
  const page = await rig.asker.ask({ kind: 'page', userId: owner, channelId, limit: 50 });
  expect(page).toMatchObject({ head: { seq: 2, position: 1 }, hasMore: false, messages: [{ id: verdict.id, text: 'hello' }] });
});

it('answers a resend with the first state, and another body under the same id with a conflict', async () => {
  const [owner, other] = [await rig.user(), await rig.user()];
  const channelId = await rig.channel(owner, 'public');
  const changeId = randomUUID();
  const first = await rig.say(channelId, owner, 'once', { changeId });
  expect(await rig.say(channelId, owner, 'once', { changeId })).toMatchObject({
    status: 'duplicate',
    seq: first.seq,
    id: first.id,
  });
  expect(await rig.say(channelId, owner, 'twice', { changeId })).toMatchObject({ status: 'conflict', code: 'CONFLICT' });

  await rig.submit(rig.change(channelId, other, { kind: 'join' }));
  const theirs = await rig.say(channelId, other, 'mine', { changeId });
  expect(theirs).toMatchObject({ status: 'persisted', state: { message: { text: 'mine', senderId: other } } });
  expect(theirs.id).not.toBe(first.id);
});

it('refuses who is not a member, and lets them in after joining', async () => {
  const [owner, guest] = [await rig.user(), await rig.user()];
  const open = await rig.channel(owner, 'public');
  const hidden = await rig.channel(owner, 'private');
  expect(await rig.say(hidden, guest, 'x')).toMatchObject({ status: 'failed', code: 'NOT_FOUND' });
  expect(await rig.say(open, guest, 'x')).toMatchObject({ status: 'failed', code: 'FORBIDDEN' });
  expect(await rig.submit(rig.change(open, guest, { kind: 'join' }))).toMatchObject({
    status: 'persisted',
    state: { channel: { myRole: 'member', memberCount: 2 } },
  });
  expect(await rig.submit(rig.change(open, guest, { kind: 'join' }))).toMatchObject({ status: 'duplicate' });
  expect(await rig.say(open, guest, 'x')).toMatchObject({ status: 'persisted' });
  expect(await rig.submit(rig.change(open, guest, { kind: 'leave' }))).toMatchObject({ status: 'persisted' });
  expect(await rig.say(open, guest, 'y')).toMatchObject({ status: 'failed', code: 'FORBIDDEN' });
});

it('keeps one row per seq under a burst of many senders, with resends in the same jobs', async () => {
  const owner = await rig.user();
  const channelId = await rig.channel(owner, 'public');
  const live = await rig.listen(channelId);
  const verdicts = await Promise.all(
    Array.from({ length: 300 }, (_, i) => {
      const changeId = randomUUID();
      const send = () => rig.say(channelId, owner, `m${i}`, { changeId, wantsState: false });
      return Promise.all(i % 4 === 0 ? [send(), send()] : [send()]);
    }),
  );
  for (const [first, second] of verdicts) {
    expect(first?.status).toBe('persisted');
    if (second) expect(second).toMatchObject({ status: 'duplicate', seq: first?.seq });
  }
  expect(verdicts.map(([first]) => first?.position)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
  await eventually(() => live.length === 300);
  expect(live.map(({ seq }) => seq)).toEqual(Array.from({ length: 300 }, (_, i) => i + 2));
});

it('deletes: own messages, any as a moderator, and the text is gone', async () => {
  const [owner, guest] = [await rig.user(), await rig.user()];
  const channelId = await rig.channel(owner, 'public');
  await rig.submit(rig.change(channelId, guest, { kind: 'join' }));
  const mine = await rig.say(channelId, owner, 'boss');
  const theirs = await rig.say(channelId, guest, 'guest');
  expect(await rig.submit(rig.change(channelId, guest, { kind: 'delete', id: mine.id ?? '' }))).toMatchObject({
    status: 'failed',
    code: 'FORBIDDEN',
  });
  expect(await rig.submit(rig.change(channelId, owner, { kind: 'delete', id: theirs.id ?? '' }))).toMatchObject({
    status: 'persisted',
    state: { message: { text: null } },
  });
  expect(await rig.submit(rig.change(channelId, guest, { kind: 'delete', id: theirs.id ?? '' }))).toMatchObject({
    status: 'duplicate',
  });
  const changes = await rig.asker.ask({ kind: 'changes', userId: owner, channelId, since: 3 });
  expect(changes).toMatchObject({ from: 3, to: 5, messages: [{ id: theirs.id, text: null }] });
});
