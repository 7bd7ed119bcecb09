import { randomUUID } from 'node:crypto';
import { channelIdOf, dmIdOf } from '@storm/shared/contracts';
import type { Channel } from '@storm/shared/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyOf, dataOf, Rig, type Account } from './support/rig.js';

let rig: Rig;
let ann: Account, bob: Account, eve: Account;

beforeAll(async () => {
  rig = await Rig.start();
  [ann, bob, eve] = await Promise.all([rig.register(), rig.register(), rig.register()]);
});
afterAll(() => rig.stop());

const unknown = `c${'A'.repeat(22)}`;
const newName = () => `room ${randomUUID().slice(0, 8)}`;

describe('creating', () => {
  it('answers 201 with the channel, its creator an owner', async () => {
    const body = { type: 'private', name: newName(), description: 'for us' };
    const channel = dataOf<Channel>(await rig.call('post', '/channels', ann).send(body).expect(201));
    expect(channel).toMatchObject({
      ...body,
      createdBy: ann.user.id,
      isArchived: false,
      memberCount: 1,
      myRole: 'owner',
      seq: 1,
      position: 0,
      unread: 0,
    });
    expect(channel.createdAt).toMatch(/^\d{4}-.*Z$/);
  });

  it('finds the first channel when the same key comes again, and refuses another body under it', async () => {
    const key = randomUUID();
    const name = newName();
    const create = (body: object) => rig.call('post', '/channels', ann).set('idempotency-key', key).send(body);
    const first = dataOf<Channel>(await create({ name }).expect(201));
    expect(first.id).toBe(channelIdOf(ann.user.id, key));
    expect(dataOf(await create({ name }).expect(200))).toMatchObject({ id: first.id, status: 'duplicate', name });
    expect(bodyOf(await create({ name: newName() }).expect(409)).error.code).toBe('CONFLICT');
  });

  it('gives a public name to one channel only', async () => {
    const name = newName();
    await rig.call('post', '/channels', ann).send({ name }).expect(201);
    await rig.call('post', '/channels', bob).send({ name: name.toUpperCase() }).expect(409);
    await rig.call('post', '/channels', bob).send({ name, type: 'private' }).expect(201);
  });
});

describe('seeing', () => {
  it('shows a public channel to anyone signed in, and a private one to its members alone', async () => {
    const open = await rig.channel(ann);
    const hidden = await rig.channel(ann, { type: 'private' });
    const seen = dataOf<Channel>(await rig.call('get', `/channels/${open.id}`, bob).expect(200));
    expect(seen).toMatchObject({ id: open.id, memberCount: 1 });
    expect(seen).not.toHaveProperty('myRole');
    expect(seen).not.toHaveProperty('unread');
    const answers = await Promise.all([hidden.id, unknown].map((id) => rig.call('get', `/channels/${id}`, bob).expect(404)));
    expect(bodyOf(answers[0]!).error).toEqual(bodyOf(answers[1]!).error);
  });

  it('counts what is unread, and what of it mentions the reader', async () => {
    const { id } = await rig.channel(ann);
    await rig.say(ann, id, 'before');
    await rig.call('post', `/channels/${id}/join`, bob).expect(200);
    await rig.say(ann, id, `hello @${bob.user.username}`);
    await rig.say(ann, id, 'and more');
    const seen = dataOf<Channel>(await rig.call('get', `/channels/${id}`, bob).expect(200));
    expect(seen).toMatchObject({ myRole: 'member', seq: 5, position: 3, readPosition: 1, unread: 2, mentions: 1 });
    // Sending reads up to one's own message, in a moment.
    const own = async () => dataOf<Channel>(await rig.call('get', `/channels/${id}`, ann).expect(200)).unread;
    await expect.poll(own).toBe(0);
  });

  it('falls back to the stored head when Redis has none', async () => {
    const { id } = await rig.channel(ann);
    await rig.say(ann, id, 'one');
    const { redis, names, vitals, store } = rig.context;
    await expect.poll(async () => (await store.heads.read([id])).get(id)?.position).toBe(1);
    await redis.del(names.head(id, vitals.reading?.epoch ?? ''));
    expect(dataOf<Channel>(await rig.call('get', `/channels/${id}`, ann).expect(200))).toMatchObject({ seq: 2, position: 1 });
  });
});

describe('listing', () => {
  it('pages through mine, every one once', async () => {
    const carl = await rig.register();
    const made = await Promise.all([1, 2, 3, 4, 5].map(() => rig.channel(carl, { type: 'private' })));
    const pages = await rig.pages<Channel>('/channels?limit=2', carl);
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
    const seen = pages.flat().map(({ id }) => id);
    expect(seen.toSorted()).toEqual(made.map(({ id }) => id).toSorted());
  });

  it('pages through all public ones, the oldest first, and marks mine', async () => {
    const mine = await rig.channel(ann);
    const theirs = await rig.channel(bob);
    await rig.channel(bob, { type: 'private' });
    const seen = (await rig.pages<Channel>('/channels?scope=public&limit=3', ann)).flat();
    expect(seen.every(({ type }) => type === 'public')).toBe(true);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
    expect(seen.map(({ createdAt }) => createdAt)).toEqual(seen.map(({ createdAt }) => createdAt).toSorted());
    expect(seen.find(({ id }) => id === mine.id)).toMatchObject({ myRole: 'owner' });
    expect(seen.find(({ id }) => id === theirs.id)).not.toHaveProperty('myRole');
  });

  it('has nothing for who is nowhere', async () => {
    const response = await rig.call('get', '/channels', await rig.register()).expect(200);
    expect(bodyOf(response)).toMatchObject({ data: [], meta: { hasNextPage: false, nextCursor: null } });
  });
});

describe('changing', () => {
  it('renames and describes, for those who may', async () => {
    const { id } = await rig.channel(ann);
    await rig.call('post', `/channels/${id}/join`, bob).expect(200);
    const name = newName();
    const patch = (account: Account, body: object) => rig.call('patch', `/channels/${id}`, account).send(body);
    expect(dataOf(await patch(ann, { name, description: 'now' }).expect(200))).toMatchObject({
      name,
      description: 'now',
      seq: 3,
    });
    expect(dataOf(await patch(ann, { description: null }).expect(200))).toMatchObject({ name, description: null });
    expect(dataOf(await patch(ann, { name }).expect(200))).toMatchObject({ name, status: 'duplicate' });
    expect(bodyOf(await patch(bob, { name: newName() }).expect(403)).error.code).toBe('FORBIDDEN');
    await patch(ann, {}).expect(400);
  });

  it('archives for good: readable, and closed for writing', async () => {
    const { id } = await rig.channel(ann);
    await rig.say(ann, id, 'last words');
    await rig.call('delete', `/channels/${id}`, eve).expect(403);
    expect(dataOf(await rig.call('delete', `/channels/${id}`, ann).expect(200))).toMatchObject({ isArchived: true });
    expect(dataOf(await rig.call('delete', `/channels/${id}`, ann).expect(200))).toMatchObject({ status: 'duplicate' });
    await rig.call('get', `/channels/${id}/messages`, ann).expect(200);
    const body = { messageId: randomUUID(), text: 'more', clientTs: Date.now() };
    const refused = await rig.call('post', `/channels/${id}/messages`, ann).set('prefer', 'wait=5').send(body).expect(422);
    expect(bodyOf(refused).error).toEqual({ code: 'REFUSED', message: 'the channel is archived' });
    await rig.call('post', `/channels/${id}/join`, eve).expect(422);
  });

  it('lets anyone join what is public, and leave; nobody joins what is private', async () => {
    const open = await rig.channel(ann);
    const hidden = await rig.channel(ann, { type: 'private' });
    const post = (id: string, what: 'join' | 'leave') => rig.call('post', `/channels/${id}/${what}`, bob);
    expect(dataOf(await post(open.id, 'join').expect(200))).toMatchObject({ myRole: 'member', memberCount: 2 });
    expect(dataOf(await post(open.id, 'join').expect(200))).toMatchObject({ status: 'duplicate', myRole: 'member' });
    expect(dataOf(await post(open.id, 'leave').expect(200))).toMatchObject({ memberCount: 1 });
    await rig.call('get', `/channels/${open.id}/messages`, bob).expect(404);
    await post(hidden.id, 'join').expect(404);
    await post(unknown, 'join').expect(404);
  });
});

describe('a direct message', () => {
  it('is one per pair, whoever begins it', async () => {
    const [carl, dora] = [await rig.register(), await rig.register()];
    const open = (from: Account, to: Account) => rig.call('post', '/dms', from).send({ userId: to.user.id });
    const first = dataOf<Channel>(await open(carl, dora).expect(201));
    expect(first).toMatchObject({ id: dmIdOf(carl.user.id, dora.user.id), type: 'dm', name: null, memberCount: 2 });
    expect(dataOf(await open(dora, carl).expect(200))).toMatchObject({ id: first.id, status: 'duplicate' });
    await rig.say(dora, first.id, 'hi');
    await rig.call('get', `/channels/${first.id}`, eve).expect(404);
  });

  it('needs somebody else who is there', async () => {
    await rig.call('post', '/dms', ann).send({ userId: ann.user.id }).expect(422);
    await rig
      .call('post', '/dms', ann)
      .send({ userId: `u${'A'.repeat(22)}` })
      .expect(404);
  });
});
