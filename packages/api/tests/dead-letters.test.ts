import { randomUUID } from 'node:crypto';
import { eventually } from '@storm/devstack/testing';
import type { Message } from '@storm/shared/protocol';
import type { DeadLetter } from '@storm/store';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { bodyOf, dataOf, Rig, type Account } from './support/rig.js';

let rig: Rig;
let root: Account, ann: Account;
let room: string;

beforeAll(async () => {
  rig = await Rig.start();
  ann = await rig.register();
  root = await rig.admin();
});
afterAll(() => rig.stop());
beforeEach(async () => void ({ id: room } = await rig.channel(ann)));

const texts = async () =>
  dataOf<Message[]>(await rig.call('get', `/channels/${room}/messages`, ann).expect(200)).map(({ text }) => text);
const list = async () =>
  dataOf<{ digest: string; channelId: string; reason: string }[]>(await rig.call('get', '/admin/dead-letters', root));
const replay = (digest: string) => rig.call('post', `/admin/dead-letters/${digest}/replay`, root);

/** A change as a worker would keep it: sealed by this api, taken out of the queue before a worker gets it. */
async function bury(text: string, alter: (letter: DeadLetter) => DeadLetter = (letter) => letter): Promise<DeadLetter> {
  const { intake, redis, names, store } = rig.context;
  await rig.stopWorkers();
  const body = { kind: 'message' as const, text, threadId: null, clientTs: Date.now() };
  const change = { channelId: room, senderId: ann.user.id, changeId: randomUUID(), senderRole: 'member' as const };
  await intake.submit({ ...change, wantsState: false, body });
  const prefix = `${names.shardPrefix(names.shardOf(room))}:changes`;
  const [jobId = ''] = await redis.lrange(`${prefix}:wait`, 0, 0);
  const job = JSON.parse((await redis.hget(`${prefix}:${jobId}`, 'data')) ?? '') as {
    header: { kid: string; pskId: string; enc: string };
    replyTo: string;
    entries: { channelId: string; senderId: string; changeId: string; intakeId: string }[];
  };
  await redis.del(`${prefix}:wait`, `${prefix}:${jobId}`);
  const [entry] = job.entries;
  if (!entry) throw new Error('the job is empty');
  const { channelId, senderId, changeId, intakeId } = entry;
  const letter = alter({
    digest: randomUUID().replaceAll('-', '').padEnd(43, 'A'),
    ...job.header,
    entry: JSON.stringify(entry),
    ...{ channelId, senderId, changeId, intakeId, replyTo: job.replyTo },
    ...{ reason: '3 workers died with it', attempts: 3, failedAt: new Date() },
  });
  await store.deadLetters.insert(letter);
  await rig.startWorker();
  return letter;
}

it('is put back into the queue, stored, and gone from the list; a second time it is not there', async () => {
  const { digest } = await bury('back from the dead');
  expect(await list()).toMatchObject([{ digest, channelId: room, reason: '3 workers died with it' }]);
  await replay(digest).expect(202);
  await eventually(async () => (await texts()).includes('back from the dead'));
  expect(await list()).toEqual([]);
  await replay(digest).expect(404);
  expect(await texts()).toEqual(['back from the dead']);
});

it('comes back to the list when it dies again', async () => {
  const flipped = (letter: DeadLetter) => {
    const entry = JSON.parse(letter.entry) as { box: string };
    return {
      ...letter,
      entry: JSON.stringify({ ...entry, box: `${entry.box.startsWith('A') ? 'B' : 'A'}${entry.box.slice(1)}` }),
    };
  };
  const { digest } = await bury('never readable', flipped);
  await replay(digest).expect(202);
  await eventually(async () => (await list()).length === 1);
  const [again] = await list();
  expect(again?.reason).not.toBe('3 workers died with it');
  await rig.call('delete', `/admin/dead-letters/${again?.digest}`, root).expect(200);
  expect(await list()).toEqual([]);
  expect(await texts()).toEqual([]);
});

it('that is too broken for any worker is refused, and can be dropped', async () => {
  const { digest } = await bury('x', (letter) => ({ ...letter, entry: '{}', channelId: null, kid: null }));
  expect(bodyOf(await replay(digest).expect(422)).error.message).toBe('It is too broken to be tried again');
  await rig.call('delete', `/admin/dead-letters/${digest}`, root).expect(200);
  await rig.call('delete', `/admin/dead-letters/${digest}`, root).expect(404);
});

it('is nobody’s business but the admins’', async () => {
  await rig.call('get', '/admin/dead-letters', ann).expect(403);
  await rig.call('post', `/admin/dead-letters/${'A'.repeat(43)}/replay`, ann).expect(403);
  await rig.call('post', `/admin/channels/${room}/erase`, ann).expect(403);
});

it('erases a channel: nobody reads or writes there again', async () => {
  await rig.say(ann, room, 'soon gone');
  await rig.call('post', `/admin/channels/${room}/erase`, root).expect(200);
  await eventually(async () => (await texts())[0] === null);
  const body = { messageId: randomUUID(), text: 'x', clientTs: Date.now() };
  await rig.call('post', `/channels/${room}/messages`, ann).set('prefer', 'wait=5').send(body).expect(422);
});
