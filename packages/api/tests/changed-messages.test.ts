import { randomUUID } from 'node:crypto';
import type { Message } from '@storm/shared/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bodyOf, dataOf, Rig, type Account } from './support/rig.js';

let rig: Rig;
let ann: Account, bob: Account;
let room: string;
beforeAll(async () => {
  rig = await Rig.start();
  [ann, bob] = await Promise.all([rig.register(), rig.register()]);
  room = (await rig.channel(ann, { type: 'public' })).id;
  await rig.call('post', `/channels/${room}/join`, bob).expect(200);
});
afterAll(() => rig.stop());

const at = (message: Message, rest = '') => `/channels/${room}/messages/${message.id}${rest}`;
const thumb = `/reactions/${encodeURIComponent('👍')}`;

it('edits a message, once under one key', async () => {
  const message = await rig.say(ann, room, 'first');
  const key = randomUUID();
  const edit = (text: string) => rig.call('patch', at(message), ann).set('idempotency-key', key).send({ text });
  const edited = dataOf<Message>(await edit('second').expect(200));
  expect(edited).toMatchObject({ ...message, text: 'second', version: message.seq + 1, editedAt: expect.any(String) as string });
  expect(dataOf(await edit('second').expect(200))).toEqual({ ...edited, status: 'duplicate' });
  expect(bodyOf(await edit('third').expect(409)).error.code).toBe('CONFLICT');
  expect(dataOf(await rig.call('get', at(message), bob).expect(200))).toMatchObject({ text: 'second' });

  expect(bodyOf(await rig.call('patch', at(message), bob).send({ text: 'his' }).expect(403)).error.code).toBe('FORBIDDEN');
  await rig.call('patch', at(message), ann).send({ text: '' }).expect(400);
  await rig.call('delete', at(message), ann).expect(200);
  expect(bodyOf(await rig.call('patch', at(message), ann).send({ text: 'late' }).expect(422)).error.message).toMatch(/deleted/);
});

it('reacts, takes it back, and shows each what is their own', async () => {
  const message = await rig.say(ann, room, 'nice');
  expect(dataOf(await rig.call('put', at(message, thumb), bob).expect(200))).toMatchObject({
    reactions: { '👍': 1 },
    myReactions: ['👍'],
  });
  expect(dataOf(await rig.call('put', at(message, thumb), bob).expect(200))).toMatchObject({ status: 'duplicate' });
  const hers = dataOf(await rig.call('get', at(message), ann).expect(200));
  expect(hers).toMatchObject({ reactions: { '👍': 1 } });
  expect(hers).not.toHaveProperty('myReactions');
  const after = dataOf(await rig.call('delete', at(message, thumb), bob).expect(200));
  expect(after).toMatchObject({ reactions: {} });
  expect(after).not.toHaveProperty('myReactions');
  for (const wrong of ['x', '%F0%9F%91%8Dx', '__proto__', 'a.b']) {
    const refused = await rig.call('put', at(message, `/reactions/${wrong}`), bob).expect(400);
    expect(bodyOf(refused).error.code).toBe('VALIDATION_ERROR');
  }
});

it('pages through the replies to a message', async () => {
  const root = await rig.say(ann, room, 'root');
  for (const text of ['1', '2', '3']) {
    const body = { messageId: randomUUID(), text, clientTs: Date.now(), threadId: root.id };
    await rig.call('post', `/channels/${room}/messages`, bob).set('prefer', 'wait=5').send(body).expect(201);
  }
  const first = await rig.call('get', at(root, '/replies?limit=2'), ann).expect(200);
  expect(dataOf<Message[]>(first).map(({ text, threadId }) => [text, threadId])).toEqual([
    ['1', root.id],
    ['2', root.id],
  ]);
  const { nextCursor, hasNextPage } = bodyOf(first).meta;
  expect(hasNextPage).toBe(true);
  const last = await rig.call('get', at(root, `/replies?limit=2&cursor=${String(nextCursor)}`), ann).expect(200);
  expect(dataOf<Message[]>(last).map(({ text }) => text)).toEqual(['3']);
  expect(bodyOf(last).meta).toMatchObject({ hasNextPage: false, nextCursor: null });
  expect(dataOf(await rig.call('get', at(root), bob).expect(200))).toMatchObject({ replyCount: 3 });
});
