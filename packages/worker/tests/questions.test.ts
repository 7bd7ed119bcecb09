import { Asker, Replies, connectRedis } from '@storm/shared/node';
import { channelIdOf } from '@storm/shared/contracts';
import { limits, type MessageState } from '@storm/shared/protocol';
import { eventually, startProxy, testMongoUrl, testRedisUrl, type TcpProxy } from '@storm/devstack/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Worker } from '../src/index.js';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
let proxy: TcpProxy;
let ann: string;
let room: string;
const count = 130;
beforeAll(async () => {
  const { hostname, port } = new URL(testMongoUrl());
  proxy = await startProxy({ target: { host: hostname, port: Number(port) } });
  rig = await createRig({ shards: 1, mongoUrl: testMongoUrl().replace(`${hostname}:${port}`, `127.0.0.1:${proxy.port}`) });
  await rig.startWorker();
  ann = await rig.user();
  room = await rig.channel(ann);
  await fill(
    room,
    Array.from({ length: count }, (_, i) => `m${i + 1}`),
  );
});
afterAll(async () => {
  await rig.stop();
  await proxy.stop();
});

const fill = (channelId: string, texts: string[]) =>
  Promise.all(texts.map((text) => rig.say(channelId, ann, text, { wantsState: false })));
const page = (options: { before?: number; after?: number; around?: number; limit?: number }, channelId = room, userId = ann) =>
  rig.asker.ask({ kind: 'page', userId, channelId, limit: 50, ...options });
const positions = (messages: MessageState[]) => messages.map(({ position }) => position);
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);

describe('a page', () => {
  it('of the latest, backwards to the first, says where it ends', async () => {
    const seen: number[] = [];
    for (let before: number | undefined, more = true; more;) {
      const answer = await page(before === undefined ? {} : { before });
      expect(answer.head).toEqual({ seq: count + 1, position: count });
      seen.unshift(...positions(answer.messages));
      before = answer.messages[0]?.position ?? 0;
      more = answer.hasMore;
      expect(more).toBe(before > 1);
    }
    expect(seen).toEqual(upTo(count));
  });

  it('forwards to the head, says where it ends', async () => {
    const seen: number[] = [];
    for (let after = 0, more = true; more;) {
      const answer = await page({ after, limit: 65 });
      seen.push(...positions(answer.messages));
      after = answer.messages.at(-1)?.position ?? 0;
      more = answer.hasMore;
    }
    expect(seen).toEqual(upTo(count));
    expect(await page({ after: count })).toMatchObject({ messages: [], hasMore: false });
  });

  it('around a message holds it, and beyond either end is empty or the end', async () => {
    expect(positions((await page({ around: 60, limit: 5 })).messages)).toEqual([58, 59, 60, 61, 62]);
    expect(positions((await page({ around: 1, limit: 5 })).messages)).toEqual([1, 2, 3]);
    expect(await page({ before: 1 })).toMatchObject({ messages: [], hasMore: false });
    expect(positions((await page({ before: 9_999, limit: 3 })).messages)).toEqual(upTo(count, count - 2));
  });

  it('is the same where Redis has forgotten the head', async () => {
    const { epoch } = await rig.store.meta.ensure({ shards: 1 });
    await rig.redis.del(rig.names.head(room, epoch));
    expect((await page({ limit: 1 })).head).toEqual({ seq: count + 1, position: count });
    const young = await rig.channel(ann);
    await fill(young, ['not noted in `heads` yet']);
    await rig.redis.del(rig.names.head(young, epoch));
    expect(await page({}, young)).toMatchObject({ head: { seq: 2, position: 1 }, messages: [{ position: 1 }] });
  });

  it('goes on past a row that was altered, or moved', async () => {
    const altered = await rig.channel(ann);
    await fill(altered, ['one', 'two', 'three', 'four']);
    const { timeline } = rig.store.models;
    const three = await timeline.findOne({ channelId: altered, position: 3 }).lean();
    await timeline.updateOne(
      { channelId: altered, position: 2 },
      { ciphertext: three?.ciphertext, iv: three?.iv, tag: three?.tag },
    );
    await timeline.updateOne({ channelId: altered, position: 4 }, { senderId: `u${'x'.repeat(22)}` });
    const { messages } = await page({}, altered);
    expect(messages.map(({ text, unreadable }) => [text, unreadable])).toEqual([
      ['one', undefined],
      [null, true],
      ['three', undefined],
      [null, true],
    ]);
  });
});

describe('an answer of long texts', () => {
  let long: string;
  const texts = Array.from({ length: 60 }, (_, i) => `${i + 1} ${'語'.repeat(3_900)}`);
  beforeAll(async () => {
    long = await rig.channel(ann);
    await fill(long, texts);
  });
  const size = (messages: MessageState[]) => Buffer.byteLength(JSON.stringify(messages));

  it('is cut, and asked on from there gives all of it, both ways', async () => {
    for (const forwards of [true, false]) {
      const seen: MessageState[] = [];
      let answers = 0;
      for (let at = forwards ? 0 : 9_999, more = true; more; answers++) {
        const answer = await page(forwards ? { after: at } : { before: at }, long);
        expect(size(answer.messages)).toBeLessThanOrEqual(limits.answerBytes);
        if (forwards) seen.push(...answer.messages);
        else seen.unshift(...answer.messages);
        at = (forwards ? answer.messages.at(-1) : answer.messages[0])?.position ?? 0;
        more = answer.hasMore;
      }
      expect(seen.map(({ text }) => text)).toEqual(texts);
      expect(answers).toBeGreaterThan(2);
    }
  });

  it('around a message holds that message', async () => {
    for (const around of [1, 30, 60]) {
      const { messages } = await page({ around }, long);
      expect(positions(messages)).toContain(around);
      expect(size(messages)).toBeLessThanOrEqual(limits.answerBytes);
    }
  });

  it('to what changed is cut, and asked on from there gives all of it', async () => {
    const seen: MessageState[] = [];
    let answers = 0;
    for (let since = 0, head = 1; since < head; answers++) {
      const answer = await rig.asker.ask({ kind: 'changes', userId: ann, channelId: long, since });
      expect(answer.from).toBe(since);
      expect(size(answer.messages)).toBeLessThanOrEqual(limits.answerBytes);
      seen.push(...answer.messages);
      since = answer.to;
      head = answer.head.seq;
    }
    expect(seen.map(({ text }) => text)).toEqual(texts);
    expect(answers).toBeGreaterThan(2);
  });

  it('to which events were missed is cut, and asked on from there gives all of it', async () => {
    const seen: string[] = [];
    let at = 0;
    for (let answers = 0; at < 1 + texts.length; answers++) {
      const { events } = await rig.asker.ask({ kind: 'events', channelId: long, since: at });
      expect(Buffer.byteLength(events.map(({ frame }) => frame).join(''))).toBeLessThanOrEqual(limits.answerBytes);
      expect(events[0]?.from).toBe(at + 1);
      for (const { frame } of events) {
        const { event, payload } = JSON.parse(frame) as { event: string; payload: MessageState };
        if (event === 'message.new') seen.push(payload.text ?? '');
      }
      at = events.at(-1)?.seq ?? at;
      expect(answers).toBeLessThan(100);
    }
    expect(seen).toEqual(texts);
  });
});

describe('what changed', () => {
  it('is the current state of each message once, and the rows of the system, of joins too', async () => {
    const [bob, other] = [await rig.user(), await rig.channel(ann, 'public')];
    const said = await rig.say(other, ann, 'old');
    await rig.submit(rig.change(other, bob, { kind: 'join' }));
    await rig.say(other, bob, 'new');
    await rig.submit(rig.change(other, ann, { kind: 'delete', id: said.id ?? '' }));
    const answer = await rig.asker.ask({ kind: 'changes', userId: bob, channelId: other, since: 0 });
    expect(answer).toMatchObject({
      from: 0,
      to: 5,
      head: { seq: 5, position: 2 },
      messages: [
        { position: 1, text: null, seq: 2, version: 5, deletedAt: expect.any(Number) as number },
        { position: 2, text: 'new', seq: 4, version: 4 },
      ],
      system: [
        { seq: 1, kind: 'created', members: [{ userId: ann, role: 'owner' }] },
        { seq: 3, kind: 'joined', userId: bob, memberCount: 2 },
      ],
    });
    expect(await rig.asker.ask({ kind: 'changes', userId: bob, channelId: other, since: 4 })).toMatchObject({
      from: 4,
      to: 5,
      messages: [{ position: 1 }],
    });
    expect(await rig.asker.ask({ kind: 'changes', userId: bob, channelId: other, since: 5 })).toMatchObject({
      from: 5,
      to: 5,
      messages: [],
      system: [],
    });
  });

  it('is answered 500 rows at a time', async () => {
    const busy = await rig.channel(ann);
    await fill(
      busy,
      Array.from({ length: 620 }, (_, i) => `${i}`),
    );
    const first = await rig.asker.ask({ kind: 'changes', userId: ann, channelId: busy, since: 0 });
    expect(first).toMatchObject({ from: 0, to: 500, head: { seq: 621, position: 620 } });
    expect(first.messages).toHaveLength(499);
    expect(await rig.asker.ask({ kind: 'changes', userId: ann, channelId: busy, since: 500 })).toMatchObject({
      from: 500,
      to: 621,
    });
    const { events } = await rig.asker.ask({ kind: 'events', channelId: busy, since: 0 });
    expect([events[0]?.from, events.at(-1)?.seq, events.length]).toEqual([1, 500, 500]);
  });
});

describe('a stranger', () => {
  it('is told nothing of a channel, as if there were none', async () => {
    const stranger = await rig.user();
    const [latest] = (await page({ limit: 1 })).messages;
    const nowhere = channelIdOf(ann, randomUUID());
    for (const channelId of [room, nowhere]) {
      const about = { userId: stranger, channelId };
      for (const question of [
        { kind: 'page', limit: 50, ...about },
        { kind: 'changes', since: 0, ...about },
        { kind: 'message', id: latest?.id ?? '', ...about },
      ] as const)
        await expect(rig.asker.ask(question)).rejects.toMatchObject({
          code: 'NOT_FOUND',
          message: 'There is no such thing, or it is not yours to see',
        });
    }
    expect(await rig.asker.ask({ kind: 'memberships', userId: stranger })).toEqual({ channels: [], hasMore: false });
  });

  it('and a member are told of no message that is not there', async () => {
    const ask = (id: string) => rig.asker.ask({ kind: 'message', userId: ann, channelId: room, id });
    const [latest] = (await page({ limit: 1 })).messages;
    expect(await ask(latest?.id ?? '')).toEqual(latest);
    await expect(ask(`m${'x'.repeat(22)}`)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('my channels', () => {
  it('come with where they are and what is unread', async () => {
    const [bob, cat] = [await rig.user(), await rig.user('cat_of_nine')];
    const other = await rig.channel(bob, 'public');
    await rig.submit(rig.change(other, cat, { kind: 'join' }));
    for (const text of ['one', 'two @cat_of_nine', 'three']) await rig.say(other, bob, text);
    expect(await rig.asker.ask({ kind: 'memberships', userId: cat })).toEqual({
      channels: [{ channelId: other, seq: 5, position: 3, readPosition: 0, unread: 3, mentions: 1 }],
      hasMore: false,
    });
    await rig.submit(rig.change(other, cat, { kind: 'leave' }));
    expect(await rig.asker.ask({ kind: 'memberships', userId: cat })).toEqual({ channels: [], hasMore: false });
  });

  it('come in pages, in the order of their ids, when they are many', async () => {
    const many = await rig.user();
    const ids = Array.from({ length: 450 }, () => channelIdOf(many, randomUUID())).sort();
    const joined = { role: 'member' as const, at: new Date(), position: 0 };
    await rig.store.memberships.apply(ids.map((channelId) => ({ channelId, userId: many, seq: 1, joined })));
    const seen: string[] = [];
    const sizes: number[] = [];
    for (let more = true; more;) {
      const after = seen.at(-1);
      const answer = await rig.asker.ask({ kind: 'memberships', userId: many, ...(after === undefined ? {} : { after }) });
      seen.push(...answer.channels.map(({ channelId }) => channelId));
      sizes.push(answer.channels.length);
      more = answer.hasMore;
    }
    expect(seen).toEqual(ids);
    expect(sizes).toEqual([200, 200, 50]);
  });
});

describe('a question', () => {
  it('past its deadline is dropped unread, and those beside it are answered', async () => {
    const { redis, names, sealer, vitals, log } = rig;
    const subscriber = connectRedis(testRedisUrl(), 'subscriber', log);
    let heard = 0;
    subscriber.on('message', () => heard++);
    const replies = new Replies({ subscriber, names, sealer, processId: 'late', log });
    replies.start();
    await eventually(() => replies.live);
    const late = new Asker({ redis, names, sealer, replies, vitals, log, deadlineMs: 500, now: () => Date.now() - 60_000 });
    const lost = late.ask({ kind: 'page', userId: ann, channelId: room, limit: 1 }).catch((error: unknown) => error);
    const heads = await Promise.all(upTo(5).map(async () => (await page({ limit: 1 })).head.position));
    expect(heads).toEqual(Array(5).fill(count));
    expect(await lost).toMatchObject({ code: 'UNAVAILABLE' });
    expect(heard).toBe(0);
    await late.close();
    subscriber.disconnect();
  });

  it('that makes no sense is refused, for itself', async () => {
    const asked = [page({ limit: 0 }), page({ limit: 1 }), page({ before: -1 })].map((answer) =>
      answer.catch((error: unknown) => error),
    );
    const [none, one, negative] = await Promise.all(asked);
    expect(none).toMatchObject({ code: 'VALIDATION_ERROR' });
    expect(one).toMatchObject({ messages: [{ position: count }] });
    expect(negative).toMatchObject({ code: 'VALIDATION_ERROR' });
  });

  it('is UNAVAILABLE while MongoDB is away, and answered when it is back', async () => {
    await proxy.refuse();
    await expect(page({ limit: 1 })).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'the database is away' });
    await proxy.accept();
    let answer: unknown;
    while (!answer) answer = await page({ limit: 1 }).catch(() => undefined);
    expect(answer).toMatchObject({ messages: [{ position: count }] });
  });

  it('is refused at once when no worker lives', async () => {
    const other = await createRig({ shards: 1 });
    const started: Worker = await other.startWorker();
    await started.stop();
    await other.redis.del(other.names.workerAlive);
    await other.vitals.refresh();
    const began = performance.now();
    await expect(other.asker.ask({ kind: 'memberships', userId: ann })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(performance.now() - began).toBeLessThan(100);
    await other.stop();
  });
});
