import { randomUUID } from 'node:crypto';
import { dmIdOf, isControl, profileChanged, UserEvent, userEventAad, type ControlEvent } from '@storm/shared/contracts';
import { aadOf, connectRedis, EventOpener, openControl, parseKeyRing } from '@storm/shared/node';
import type { Notification, User } from '@storm/shared/protocol';
import { eventually, testRedisUrl } from '@storm/devstack/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notify } from '../src/notifications/notify.js';
import { bodyOf, dataOf, Rig, type Account } from './support/rig.js';

let rig: Rig;
let root: Account;
let ann: Account;
let bob: Account;
let subscriber: ReturnType<typeof connectRedis>;

beforeAll(async () => {
  rig = await Rig.start();
  [root, ann, bob] = [await rig.account('admin'), await rig.account(), await rig.account()];
  subscriber = connectRedis(testRedisUrl(), 'subscriber', rig.context.log);
});
afterAll(async () => {
  subscriber.disconnect();
  await rig.stop();
});

/** What the gateways of a user are told from now on; by a worker sealed, by an api with a MAC. */
async function listen({ user }: Account) {
  const heard: { by: 'worker' | 'api'; id: string }[] = [];
  const channel = rig.context.names.user(user.id);
  const opener = new EventOpener(parseKeyRing(rig.env['EVENT_SECRETS'] ?? ''));
  subscriber.on('messageBuffer', (from: Buffer, message: Buffer) => {
    if (from.toString() !== channel) return;
    const by = isControl(message) ? 'api' : 'worker';
    const event: ControlEvent | UserEvent =
      by === 'api'
        ? openControl(message, user.id, rig.context.config.INTAKE_SECRETS)
        : UserEvent.parse(JSON.parse(opener.open(message, aadOf(...userEventAad(user.id))).toString()));
    if (event.kind === 'notification') heard.push({ by, id: event.notification.id });
    if (event.kind === 'profile-changed' || event.kind === 'notifications-read') heard.push({ by, id: event.kind });
  });
  await subscriber.subscribe(channel);
  return heard;
}

const send = (body: object, account: Pick<Account, 'accessToken'> = root, query = '') =>
  rig
    .call('post', `/notifications${query}`, account)
    .send({ key: randomUUID(), type: 'job-done', data: { jobId: 'j1' }, ...body });
const list = async (account: Account, query = '') => {
  const { data, meta } = bodyOf<Notification[]>(await rig.call('get', `/notifications${query}`, account).expect(200));
  return { data, meta };
};

it('of a mention and of a direct message are in one’s list, told live, and say ids alone', async () => {
  const live = await listen(bob);
  const room = await rig.channel(ann);
  await rig.call('post', `/channels/${room.id}/join`, bob).expect(200);
  const message = await rig.say(ann, room.id, `a secret for @${bob.user.username}`);
  await rig.call('post', '/dms', ann).send({ userId: bob.user.id }).expect(201);
  const direct = await rig.say(ann, dmIdOf(ann.user.id, bob.user.id), 'a secret');
  const { data, meta } = await list(bob);
  const about = ({ id: messageId, channelId, seq, position }: typeof message) => {
    return { messageId, channelId, seq, position, senderId: ann.user.id };
  };
  expect(data).toMatchObject([
    { type: 'dm', data: about(direct), readAt: null },
    { type: 'mention', data: about(message), readAt: null },
  ]);
  expect(JSON.stringify(data)).not.toContain('secret');
  expect(meta).toMatchObject({ unread: 2, hasNextPage: false });
  await eventually(() => live.length === 2);
  expect(live).toEqual([...data].reverse().map(({ id }) => ({ by: 'worker', id })));
  expect((await list(ann)).data).toEqual([]);
  // Who leaves keeps it: it says nothing of what is there now.
  await rig.call('post', `/channels/${room.id}/leave`, bob).expect(200);
  expect((await list(bob)).data).toEqual(data);
});

describe('sending', () => {
  it('to named users makes one for each who is active, once under its key, and tells them live', async () => {
    const [cem, dora, gone] = [await rig.account(), await rig.account(), await rig.account()];
    await rig.context.revoker.changeAccess(gone.user.id, { isActive: false });
    const live = await listen(cem);
    const userIds = [cem.user.id, gone.user.id, `u${'A'.repeat(22)}`];
    const body = { key: 'build:7', userIds };
    expect(dataOf(await send(body).expect(200))).toEqual({ users: 1, made: 1 });
    const again = { ...body, userIds: [...userIds, dora.user.id], data: { jobId: 'another' } };
    const second = await send(again).expect(200);
    expect(dataOf(second)).toEqual({ users: 2, made: 1 });
    expect(bodyOf(second).meta).toMatchObject({ hasNextPage: false, nextCursor: null });
    expect(dataOf(await send(again).expect(200))).toEqual({ users: 2, made: 0 });
    const { data } = await list(cem);
    expect(data).toMatchObject([{ type: 'job-done', data: { jobId: 'j1' } }]);
    await eventually(() => live.length > 0);
    expect(live).toEqual([{ by: 'api', id: data[0]?.id }]);
    const audited = await rig.context.store.audit.search({ filter: { action: 'notifications-sent' }, limit: 10 });
    expect(audited.slice(0, 3)).toMatchObject(Array(3).fill({ actor: root.user.id, details: { sent: 'job-done' } }));
  });

  it('to a role and to all reaches those who are in it, page by page, and a repeat goes on where it ended', async () => {
    const moderators = await Promise.all(Array.from({ length: 5 }, () => rig.account('moderator')));
    expect(dataOf(await send({ role: 'moderator' }).expect(200))).toEqual({ users: 5, made: 5 });
    const users = await rig.context.store.models.users.countDocuments({ isActive: true });
    const sent = { key: 'all', type: 'news', data: {}, all: true } as const;
    const order = { sent, now: new Date(), atOnce: 2, inOneGo: 3 };
    let total = 0;
    for (let next = undefined as Awaited<ReturnType<typeof notify>>['next'], first = true; first || next; first = false) {
      // Each go twice, as by a caller that had no answer.
      const made = await notify({ ...order, after: next }, rig.context);
      expect(await notify({ ...order, after: next }, rig.context)).toEqual({ ...made, made: 0 });
      expect(made.users).toBeLessThanOrEqual(4);
      total += made.made;
      next = made.next;
    }
    expect(total).toBe(users);
    for (const account of [ann, root, ...moderators])
      expect((await list(account)).data.filter(({ type }) => type === 'news')).toHaveLength(1);
    expect(dataOf(await send({ key: 'all', all: true }).expect(200))).toEqual({ users, made: 0 });
  });

  it('never takes the place of a mention, nor passes for one', async () => {
    const [cem, room] = [await rig.account(), await rig.channel(ann)];
    await rig.call('post', `/channels/${room.id}/join`, cem).expect(200);
    await send({ key: `${room.id}:3`, userIds: [cem.user.id] }).expect(200);
    await rig.say(ann, room.id, `@${cem.user.username}`);
    expect((await list(cem)).data.map(({ type }) => type)).toEqual(['mention', 'job-done']);
    await send({ type: 'mention', userIds: [cem.user.id] }).expect(400);
    await send({ userIds: [cem.user.id], role: 'member' }).expect(400);
    await send({}).expect(400);
  });

  it('ends when it is told to, within 90 days', async () => {
    const cem = await rig.account();
    const until = (ms: number) => ({ userIds: [cem.user.id], expiresAt: new Date(Date.now() + ms).toISOString() });
    await send(until(-1_000)).expect(400);
    await send(until(91 * 86_400_000)).expect(400);
    await send(until(60_000)).expect(200);
    const { data } = await list(cem);
    expect(Date.parse(data[0]?.expiresAt ?? '')).toBeLessThan(Date.now() + 60_001);
    await rig.context.store.models.notifications.updateOne({ userId: cem.user.id }, { expiresAt: new Date(Date.now() - 1) });
    expect(await list(cem)).toMatchObject({ data: [], meta: { unread: 0 } });
  });

  it('is for programs with the scope too', async () => {
    const asked = { name: 'a builder', scopes: ['notifications:send'] };
    const answer = await rig.call('post', '/admin/service-keys', root).send(asked).expect(201);
    const { key, id } = dataOf<{ key: string; id: string }>(answer);
    const { id: userId } = dataOf<User>(await rig.call('get', '/users/me', ann).expect(200));
    expect(dataOf(await send({ userIds: [userId] }, { accessToken: key }).expect(200))).toEqual({ users: 1, made: 1 });
    const [entry] = await rig.context.store.audit.search({ filter: { action: 'notifications-sent' }, limit: 1 });
    expect(entry).toMatchObject({ actor: id, target: userId });
    await rig.call('get', '/notifications', { accessToken: key }).expect(403);
  });
});

it('are not all that devices are told: a change of names is, by oneself or an admin', async () => {
  const cem = await rig.account();
  const live = await listen(cem);
  const watchers: string[] = [];
  const { changes } = rig.context.names.presence(cem.user.id);
  subscriber.on('message', (from, message) => from === changes && watchers.push(message));
  await subscriber.subscribe(changes);
  await rig.call('patch', '/users/me', cem).send({ displayName: 'Cem' }).expect(200);
  await rig.call('patch', `/users/${cem.user.id}`, root).send({ displayName: 'Cem C.' }).expect(200);
  await eventually(() => live.length === 2);
  expect(live).toEqual(Array(2).fill({ by: 'api', id: 'profile-changed' }));
  await eventually(() => expect(watchers).toEqual([profileChanged, profileChanged]));
});

describe('the list', () => {
  it('is paged from the newest on, and read one by one or up to a time, by its user alone', async () => {
    const cem = await rig.account();
    for (const key of ['1', '2', '3', '4', '5'])
      await send({ key: `cem:${key}`, data: { key }, userIds: [cem.user.id] }).expect(200);
    const pages = await rig.pages<Notification>('/notifications?limit=2', cem);
    expect(pages.map((page) => page.map(({ data }) => data['key']))).toEqual([['5', '4'], ['3', '2'], ['1']]);
    const [fifth, , third] = pages.flat();

    const live = await listen(cem);
    const read = await rig.call('put', `/notifications/${fifth?.id}/read`, cem).expect(200);
    expect(dataOf(read)).toMatchObject({ id: fifth?.id, readAt: expect.any(String) as string });
    expect(dataOf(await rig.call('put', `/notifications/${fifth?.id}/read`, cem).expect(200))).toEqual(dataOf(read));
    await rig.call('put', `/notifications/${third?.id}/read`, ann).expect(404);
    await rig.call('put', '/notifications/read', ann).send({ until: new Date().toISOString() }).expect(200);
    const marked = await rig.call('put', '/notifications/read', cem).send({ until: third?.createdAt }).expect(200);
    expect(dataOf(marked)).toEqual({ marked: 3 });
    expect(await list(cem, '?unread=true')).toMatchObject({ data: [{ data: { key: '4' } }], meta: { unread: 1 } });
    await eventually(() => expect(live.filter(({ id }) => id === 'notifications-read')).toHaveLength(3));
  });
});
