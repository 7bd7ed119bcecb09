import { randomUUID } from 'node:crypto';
import type { Message } from '@storm/shared/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bodyOf, dataOf, Rig, type Account } from './support/rig.js';

let rig: Rig;
let ann: Account, bob: Account, eve: Account;

beforeAll(async () => {
  rig = await Rig.start();
  [ann, bob, eve] = await Promise.all([rig.register(), rig.register(), rig.register()]);
});
afterAll(() => rig.stop());

const messages = (channelId: string) => `/channels/${channelId}/messages`;
const newMessage = (text: string, messageId: string = randomUUID()) => ({ messageId, text, clientTs: Date.now() });
const unknownChannel = `c${'A'.repeat(22)}`;
const unknownMessage = `m${'A'.repeat(22)}`;

async function room(): Promise<string> {
  const { id } = await rig.channel(ann, { type: 'public' });
  await rig.call('post', `/channels/${id}/join`, bob).expect(200);
  return id;
}

it('answers a send once it is queued, and stores it with the next seq and position', async () => {
  const { id } = await rig.channel(ann);
  const body = newMessage('hello');
  const sent = await rig.call('post', messages(id), ann).send(body).expect(202);
  expect(dataOf(sent)).toEqual({ id: expect.stringMatching(/^m/) as string, messageId: body.messageId, status: 'queued' });
  expect(sent.headers['preference-applied']).toBeUndefined();

  const stored = await rig.say(ann, id, 'again');
  expect(stored).toMatchObject({ text: 'again', seq: 3, position: 2, senderId: ann.user.id, deletedAt: null });
  const page = await rig.call('get', messages(id), ann).expect(200);
  expect(dataOf<Message[]>(page).map(({ text, position }) => [position, text])).toEqual([
    [1, 'hello'],
    [2, 'again'],
  ]);
  expect(bodyOf(page).meta).toMatchObject({ head: { seq: 3, position: 2 }, hasNextPage: false });
});

it('waits for the verdict as long as the caller prefers, and says so', async () => {
  const id = await room();
  const sent = await rig
    .call('post', messages(id), bob)
    .set('prefer', 'respond-async, wait=30')
    .send(newMessage('hi'))
    .expect(201);
  expect(sent.headers['preference-applied']).toBe('wait=5');
  expect(dataOf<Message>(sent)).toMatchObject({
    text: 'hi',
    channelId: id,
    senderId: bob.user.id,
    clientTs: expect.any(String) as string,
  });
});

it('answers the same again with the first state, and another text under the same id with CONFLICT', async () => {
  const id = await room();
  const body = newMessage('once');
  const send = (account: Account, text: string) =>
    rig
      .call('post', messages(id), account)
      .set('prefer', 'wait=5')
      .send({ ...body, text });
  const first = dataOf<Message>(await send(ann, 'once').expect(201));

  const again = dataOf<Message & { status: string }>(await send(ann, 'once').expect(200));
  expect(again).toEqual({ ...first, status: 'duplicate' });
  expect(bodyOf(await send(ann, 'other').expect(409)).error.code).toBe('CONFLICT');
  const theirs = dataOf<Message>(await send(bob, 'mine').expect(201));
  expect(theirs).toMatchObject({ text: 'mine', position: first.position + 1 });
  expect(theirs.id).not.toBe(first.id);
});

it('takes the id of a message in any case of letters as the same', async () => {
  const id = await room();
  const body = newMessage('one');
  const send = (messageId: string) =>
    rig
      .call('post', messages(id), ann)
      .set('prefer', 'wait=5')
      .send({ ...body, messageId });
  await send(body.messageId.toUpperCase()).expect(201);
  await send(body.messageId).expect(200);
});

it('pages through history by position, in both directions', async () => {
  const id = await room();
  for (let n = 1; n <= 5; n++) await rig.say(ann, id, `m${n}`);
  const page = async (query: string) => {
    const response = await rig.call('get', `${messages(id)}?${query}`, bob).expect(200);
    return { positions: dataOf<Message[]>(response).map(({ position }) => position), more: bodyOf(response).meta.hasNextPage };
  };
  expect(await page('limit=2')).toEqual({ positions: [4, 5], more: true });
  expect(await page('before=3&limit=2')).toEqual({ positions: [1, 2], more: false });
  expect(await page('after=3')).toEqual({ positions: [4, 5], more: false });
  expect(await page('around=3&limit=3')).toMatchObject({ positions: [2, 3, 4] });
  await rig.call('get', `${messages(id)}?before=3&after=1`, bob).expect(400);
});

it('shows one message to members, and answers others alike whether or not it is there', async () => {
  const { id } = await rig.channel(ann);
  const { id: messageId } = await rig.say(ann, id, 'for us');
  expect(dataOf<Message>(await rig.call('get', `${messages(id)}/${messageId}`, ann).expect(200)).text).toBe('for us');
  for (const path of [
    `${messages(id)}/${messageId}`,
    `${messages(unknownChannel)}/${unknownMessage}`,
    messages(id),
    `/channels/${id}/changes?since=0`,
  ]) {
    const { error } = bodyOf(await rig.call('get', path, eve).expect(404));
    expect(error).toEqual({ code: 'NOT_FOUND', message: 'There is no such thing, or it is not yours to see' });
  }
  await rig.call('get', `${messages(id)}/${unknownMessage}`, ann).expect(404);
});

it('refuses a send of who is no member, in channels that are there and in others, with one answer', async () => {
  const { id: hidden } = await rig.channel(ann);
  const open = await room();
  const answers = await Promise.all(
    [hidden, open, unknownChannel].map((id) => rig.call('post', messages(id), eve).send(newMessage('x')).expect(404)),
  );
  expect(new Set(answers.map((response) => JSON.stringify(bodyOf(response).error))).size).toBe(1);
});

it('deletes a message: its text is gone and its place stays', async () => {
  const id = await room();
  const { id: messageId, seq } = await rig.say(bob, id, 'oops');
  const { error } = bodyOf(await rig.call('delete', `${messages(id)}/${messageId}`, eve).expect(404));
  expect(error.code).toBe('NOT_FOUND');

  const deleted = dataOf<Message>(await rig.call('delete', `${messages(id)}/${messageId}`, bob).expect(200));
  expect(deleted).toMatchObject({ id: messageId, text: null, seq, version: seq + 1, deletedAt: expect.any(String) as string });
  const again = dataOf<{ status: string }>(await rig.call('delete', `${messages(id)}/${messageId}`, ann).expect(200));
  expect(again).toMatchObject({ status: 'duplicate', text: null });
  await rig.call('delete', `${messages(id)}/${unknownMessage}`, bob).expect(404);
});

it('lets only the sender and moderators delete', async () => {
  const id = await room();
  const { id: messageId } = await rig.say(ann, id, 'mine');
  const { error } = bodyOf(await rig.call('delete', `${messages(id)}/${messageId}`, bob).expect(403));
  expect(error.code).toBe('FORBIDDEN');
});

it('keeps replies in a thread, and refuses a thread that is not there', async () => {
  const id = await room();
  const root = await rig.say(ann, id, 'root');
  const reply = (threadId: string) =>
    rig
      .call('post', messages(id), bob)
      .set('prefer', 'wait=5')
      .send({ ...newMessage('reply'), threadId });
  expect(dataOf<Message>(await reply(root.id).expect(201)).threadId).toBe(root.id);
  expect(dataOf<Message>(await rig.call('get', `${messages(id)}/${root.id}`, ann).expect(200)).replyCount).toBe(1);
  expect(bodyOf(await reply(unknownMessage).expect(422)).error.code).toBe('REFUSED');
});

it('says what changed since a seq: messages as they are now, and system rows', async () => {
  const id = await room();
  const first = await rig.say(ann, id, 'first');
  await rig.say(ann, id, 'second');
  await rig.call('delete', `${messages(id)}/${first.id}`, ann).expect(200);
  const changes = (query: string) => rig.call('get', `/channels/${id}/changes?${query}`, bob);

  const all = dataOf<Record<string, unknown>>(await changes('since=0').expect(200));
  expect(all).toMatchObject({
    from: 0,
    to: 5,
    head: 5,
    complete: true,
    messages: [
      { id: first.id, text: null, deletedAt: expect.any(String) as string },
      { text: 'second', deletedAt: null },
    ],
    system: [
      { kind: 'created', seq: 1, at: expect.any(String) as string, members: [{ userId: ann.user.id, role: 'owner' }] },
      { kind: 'joined', seq: 2, userId: bob.user.id },
    ],
  });
  expect(dataOf(await changes('since=5').expect(200))).toMatchObject({ from: 5, to: 5, messages: [], system: [] });
});

it('tells a client with positions from another life of the database to reload', async () => {
  const id = await room();
  const epoch = rig.context.vitals.reading?.epoch ?? '';
  await rig.call('get', `/channels/${id}/changes?since=0&epoch=${epoch}`, bob).expect(200);
  const { error } = bodyOf(await rig.call('get', `/channels/${id}/changes?since=0&epoch=another`, bob).expect(409));
  expect(error).toMatchObject({ code: 'CONFLICT', details: { epoch } });
});

it('shows the changes of a channel between its messages when asked to, each once over all pages, runs of one kind as one', async () => {
  const id = await room();
  await rig.say(ann, id, 'one');
  await rig.say(ann, id, 'two');
  const others = await Promise.all([rig.register(), rig.register()]);
  for (const other of others) await rig.call('post', `/channels/${id}/join`, other).expect(200);
  await rig.say(ann, id, 'three');
  await rig.call('post', `/channels/${id}/leave`, others[0]).expect(200);

  type Item = Message | { kind: string; from: number; seq: number; count: number; changes: { userId?: string }[] };
  const short = (items: Item[]) =>
    items.map((item) => ('kind' in item ? `${item.kind} ${item.from}-${item.seq}` : `${item.seq} ${item.text}`));
  const page = async (query: string) => bodyOf<Item[]>(await rig.call('get', `${messages(id)}?${query}`, ann).expect(200));
  const whole = await page('system=true');
  expect(short(whole.data)).toEqual(['created 1-1', 'joined 2-2', '3 one', '4 two', 'joined 5-6', '7 three', 'left 8-8']);
  expect(whole.meta).toMatchObject({ systemComplete: true, head: { seq: 8, position: 3 } });
  const run = whole.data[4];
  expect(run && 'changes' in run ? run.changes.map(({ userId }) => userId) : []).toEqual(others.map(({ user }) => user.id));

  const pages = await Promise.all(['after=0', 'after=1', 'after=2'].map((after) => page(`${after}&limit=1&system=true`)));
  expect(pages.flatMap(({ data }) => short(data))).toEqual(short(whole.data));
  expect(short((await page('system=false')).data)).toEqual(['3 one', '4 two', '7 three']);
  await rig.call('get', `${messages(id)}?system=maybe`, ann).expect(400);
});
