import { randomUUID } from 'node:crypto';
import { channelIdOf, dmIdOf, newUserId } from '@storm/shared/contracts';
import { KeyScope, type Channel, type Message, type Role, type User } from '@storm/shared/protocol';
import type { Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../src/index.js';
import { bodyOf, dataOf, Rig, type Account } from './support/rig.js';
import { callOf, nameOf, validRequest } from './support/valid-requests.js';

let rig: Rig;
let ann: Account, bob: Account, root: Account;
/** Of a program that may do anything for any member. */
let key: string;
/** Those who are in none of the channels, by role. */
let outsiders: Record<Exclude<Role, 'admin'>, Account>;
/** Of channels that are there, and are none of the outsiders' business: a message of each. */
let hidden: { channelId: string; messageId: string }[];

beforeAll(async () => {
  rig = await Rig.start();
  [ann, bob, root] = await Promise.all([rig.account(), rig.account(), rig.account('admin')]);
  outsiders = { member: await rig.account('member'), moderator: await rig.account('moderator') };
  const asked = { name: 'a program', scopes: KeyScope.options };
  ({ key } = dataOf<{ key: string }>(await rig.call('post', '/admin/service-keys', root).send(asked).expect(201)));
  const open = await rig.channel(ann, { type: 'private' });
  const archived = await rig.channel(ann, { type: 'private' });
  const erased = await rig.channel(ann, { type: 'private' });
  const dm = dataOf<Channel>(await rig.call('post', '/dms', ann).send({ userId: bob.user.id }).expect(201));
  hidden = await Promise.all(
    [open, archived, erased, dm].map(async ({ id: channelId }) => ({
      channelId,
      messageId: (await rig.say(ann, channelId, 'for us')).id,
    })),
  );
  await rig.call('delete', `/channels/${archived.id}`, ann).expect(200);
  await rig.call('post', `/admin/channels/${erased.id}/erase`, root).expect(200);
});
afterAll(() => rig.stop());

const nowhere = () => ({ channelId: channelIdOf(newUserId(), randomUUID()), messageId: `m${'A'.repeat(22)}` });
/** What an answer says, but for what is its own: when it was, and which. */
function saying({ status, headers, body }: Response): string {
  const { 'x-request-id': _, date: __, ...rest } = headers as Record<string, string>;
  const { meta: ___, ...said } = body as { meta: unknown };
  return JSON.stringify([status, said, rest]);
}

const ofChannels = operations.filter(({ path }) => path.includes(':channelId'));
it('has operations of channels to look at', () => expect(ofChannels.length).toBeGreaterThan(12));

describe.each(ofChannels.map((operation) => [nameOf(operation), operation] as const))('%s', (name, operation) => {
  const namesUser = name.includes('/members');
  it.each(['member', 'moderator', ...(operation.services === undefined ? [] : ['program'])] as const)(
    'tells a %s of a channel of others what it tells of one that is not there',
    async (role) => {
      const account = outsiders[role === 'moderator' ? role : 'member'];
      const caller = role === 'program' ? { accessToken: key } : account;
      const ask = async (place: { channelId: string; messageId: string }, other: Account) => {
        const sample = await validRequest(operation, { account, other, ...place }, rig);
        return saying(await callOf(operation, sample, rig, caller).set('x-storm-act-as', account.user.id));
      };
      const answers = await Promise.all(
        [...hidden, nowhere(), { ...nowhere(), channelId: dmIdOf(newUserId(), newUserId()) }].flatMap((place) =>
          (namesUser ? [ann, account] : [ann]).map((other) => ask(place, other)),
        ),
      );
      expect(new Set(answers).size, [...new Set(answers)].join('\n')).toBe(1);
      expect(answers[0]).toMatch(/^\[40[34],\{"success":false/);
    },
  );
});

describe('the worker', () => {
  it('tells outsiders nothing either, should an api let them through', async () => {
    const { user } = outsiders.member;
    const { messageId } = hidden[0] ?? nowhere();
    const bodies = [
      { kind: 'message', text: 'x', threadId: null, clientTs: 0 },
      { kind: 'message', text: 'x', threadId: messageId, clientTs: 0 },
      { kind: 'delete', id: messageId },
      { kind: 'join' },
      { kind: 'leave' },
      { kind: 'add', userId: user.id, role: 'member' },
      { kind: 'remove', userId: ann.user.id },
      { kind: 'role', userId: user.id, role: 'owner' },
      { kind: 'rename', name: 'mine now' },
      { kind: 'archive' },
      { kind: 'erase' },
    ] as const;
    for (const body of bodies) {
      const verdicts = [...hidden, nowhere()].map(async ({ channelId }) => {
        const change = {
          channelId,
          changeId: randomUUID(),
          senderId: user.id,
          senderRole: 'member',
          wantsState: true,
          body,
        } as const;
        const { channelId: _, changeId: __, ...verdict } = await (await rig.context.intake.submit(change)).verdict;
        return JSON.stringify(verdict);
      });
      const said = new Set(await Promise.all(verdicts));
      expect([...said], body.kind).toEqual([expect.stringContaining('"status":"failed","code":"NOT_FOUND"')]);
    }
  });
});

describe('a name', () => {
  const create = (by: Account, body: object) => rig.call('post', '/channels', by).send(body);
  const name = () => `Plan ${randomUUID().slice(0, 8)}`;

  it('of a private channel is nobody’s: others give it to theirs, private or public, and learn nothing', async () => {
    const [secret, fresh] = [name(), name()];
    await create(ann, { type: 'private', name: secret }).expect(201);
    const shape = async (wanted: string, type: string) => {
      const {
        id,
        name: given,
        createdAt,
        createdBy,
        ...rest
      } = dataOf<Channel>(await create(bob, { type, name: wanted }).expect(201));
      expect([given, createdBy]).toEqual([wanted, bob.user.id]);
      expect(id).toBeTruthy();
      expect(createdAt).toBeTruthy();
      return rest;
    };
    expect(await shape(secret, 'private')).toEqual(await shape(fresh, 'private'));
    expect(await shape(secret, 'public')).toEqual(await shape(name(), 'public'));
  });

  it('of a public channel is one channel’s, in any case of letters, at creation and by renaming', async () => {
    const taken = name();
    await create(ann, { name: taken }).expect(201);
    await create(bob, { name: taken.toUpperCase() }).expect(409);
    const mine = await rig.channel(bob);
    await rig.call('patch', `/channels/${mine.id}`, bob).send({ name: taken.toLowerCase() }).expect(409);
    const hush = await rig.channel(bob, { type: 'private' });
    await rig.call('patch', `/channels/${hush.id}`, bob).send({ name: taken }).expect(200);
  });

  it('of a private channel shows in no list and no search', async () => {
    const secret = name();
    const { id } = dataOf<Channel>(await create(ann, { type: 'private', name: secret }).expect(201));
    for (const account of Object.values(outsiders)) {
      const channels = (
        await Promise.all(['public', 'mine'].map((scope) => rig.pages<Channel>(`/channels?scope=${scope}`, account)))
      )
        .flat(2)
        .map((channel) => channel.id);
      expect(channels).not.toContain(id);
      const found = dataOf<User[]>(await rig.call('get', `/users/search?q=${secret.slice(0, 4)}`, account).expect(200));
      expect(found).toEqual([]);
      await rig.call('get', `/channels?scope=private`, account).expect(400);
      await rig.call('get', `/channels?scope=public&name=${secret.slice(0, 4)}`, account).expect(400);
    }
  });
});

describe('who was in a channel and is no more', () => {
  /** Repeats changes of theirs, under their ids. */
  it('learns nothing of it by repeating what they did there', async () => {
    const { id } = await rig.channel(ann, { type: 'private' });
    const path = `/channels/${id}`;
    await rig.call('post', `${path}/members`, ann).send({ userId: bob.user.id, role: 'moderator' }).expect(201);
    const key = () => randomUUID();
    const [renaming, adding, deleting, leaving, sending] = [key(), key(), key(), key(), key()];
    const { id: messageId } = await rig.say(ann, id, 'delete me');
    const carl = await rig.account();
    const again = {
      rename: () => rig.call('patch', path, bob).set('idempotency-key', renaming).send({ name: 'before' }),
      add: () => rig.call('post', `${path}/members`, bob).set('idempotency-key', adding).send({ userId: carl.user.id }),
      delete: () => rig.call('delete', `${path}/messages/${messageId}`, bob).set('idempotency-key', deleting),
      send: () =>
        rig.call('post', `${path}/messages`, bob).set('prefer', 'wait=5').send({ messageId: sending, text: 'mine', clientTs: 0 }),
      leave: () => rig.call('post', `${path}/leave`, bob).set('idempotency-key', leaving),
    };
    await again.rename().expect(200);
    await again.add().expect(201);
    await again.delete().expect(200);
    await again.send().expect(201);
    expect(dataOf(await again.rename().expect(200))).toMatchObject({ name: 'before', status: 'duplicate' }); // while in it
    await again.leave().expect(200);

    await rig.call('patch', path, ann).send({ name: 'after', description: 'a secret' }).expect(200);
    await rig.call('patch', `${path}/members/${carl.user.id}`, ann).send({ role: 'owner' }).expect(200);
    for (const [what, changeId] of [
      ['rename', renaming],
      ['add', adding],
      ['delete', deleting],
      ['leave', leaving],
    ] as const)
      expect(dataOf(await again[what]().expect(200)), what).toEqual({ channelId: id, changeId, status: 'duplicate' });
    await again.send().expect(404);
  });

  it('sees of a public one what everybody sees', async () => {
    const { id } = await rig.channel(ann);
    const join = () =>
      rig.call('post', `/channels/${id}/join`, bob).set('idempotency-key', '7d9f3c0e-1111-4222-8333-444455556666');
    await join().expect(200);
    await rig.call('post', `/channels/${id}/leave`, bob).expect(200);
    const seen = dataOf<Channel>(await join().expect(200));
    expect(seen).toMatchObject({ id, memberCount: 1, status: 'duplicate' });
    expect(seen).not.toHaveProperty('myRole');
  });
});

describe('an id', () => {
  it('of another’s message is free for one’s own, and says nothing of theirs', async () => {
    const { id } = await rig.channel(ann, { type: 'private' });
    await rig.call('post', `/channels/${id}/members`, ann).send({ userId: bob.user.id }).expect(201);
    const theirs = await rig.say(ann, id, 'what Ann said');
    const send = (by: Account, channelId: string, text: string) =>
      rig
        .call('post', `/channels/${channelId}/messages`, by)
        .set('prefer', 'wait=5')
        .send({ messageId: theirs.messageId, text, clientTs: 0 });
    const mine = dataOf<Message>(await send(bob, id, 'what Bob says').expect(201));
    expect(mine).toMatchObject({ messageId: theirs.messageId, senderId: bob.user.id, text: 'what Bob says' });
    expect([mine.id, mine.position]).not.toContain(theirs.id);
    const elsewhere = await rig.channel(bob, { type: 'private' });
    expect(dataOf<Message>(await send(bob, elsewhere.id, 'what Bob says').expect(201)).id).not.toBe(mine.id);
    expect(dataOf<Message>(await rig.call('get', `/channels/${id}/messages/${theirs.id}`, ann).expect(200))).toEqual(theirs);
  });

  it('of a message of another channel opens nothing here', async () => {
    const [here, there] = [await rig.channel(bob, { type: 'private' }), hidden[0] ?? nowhere()];
    await rig.call('get', `/channels/${here.id}/messages/${there.messageId}`, bob).expect(404);
    await rig.call('delete', `/channels/${here.id}/messages/${there.messageId}`, bob).expect(404);
    const reply = { messageId: randomUUID(), text: 'x', clientTs: 0, threadId: there.messageId };
    const send = (threadId: string) =>
      rig
        .call('post', `/channels/${here.id}/messages`, bob)
        .set('prefer', 'wait=5')
        .send({ ...reply, threadId });
    const answers = [await send(there.messageId), await send(`m${'A'.repeat(22)}`)];
    expect(answers.map(({ status }) => status)).toEqual([422, 422]);
    expect(bodyOf(answers[0] as Response).error).toEqual(bodyOf(answers[1] as Response).error);
  });

  it('of another’s new channel makes a channel of one’s own', async () => {
    const key = randomUUID();
    const create = (by: Account, body: object) => rig.call('post', '/channels', by).set('idempotency-key', key).send(body);
    const theirs = dataOf<Channel>(await create(ann, { type: 'private', name: 'Ann’s' }).expect(201));
    const mine = dataOf<Channel>(await create(bob, { type: 'private', name: 'Bob’s' }).expect(201));
    expect(mine.id).not.toBe(theirs.id);
    expect(mine).toMatchObject({ name: 'Bob’s', createdBy: bob.user.id });
  });
});
