import { eventually, startProxy, testRedisUrl, type TcpProxy } from '@storm/devstack/testing';
import { newSessionId, type Question } from '@storm/shared/contracts';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { aChannelId, aUser, House } from './support/house.js';

let house: House;
let proxy: TcpProxy;
beforeEach(async () => {
  const { hostname: host, port } = new URL(testRedisUrl());
  proxy = await startProxy({ target: { host, port: Number(port) } });
  house = await House.ready({ redisUrl: `redis://127.0.0.1:${proxy.port}` });
});
afterEach(async () => {
  await house.close();
  await proxy.stop();
});

async function aRoom() {
  const [ann, bob] = [aUser(), aUser()];
  const channel = await house.worker.createChannel(aChannelId(), ann, bob);
  const [owner, member] = [await house.connect(ann), await house.connect(bob)];
  await house.worker.say(channel, ann, 'before');
  await Promise.all([owner.next('message.new'), member.next('message.new')]);
  return { ann, bob, channel, owner, member };
}

/** Questions of a kind get no answer until `answer` is called, or `answerOne` for the earliest. */
function holdAnswers(kind: Question['kind']): { asked: () => number; answer: () => void; answerOne: () => void } {
  const held: (() => void)[] = [];
  let asked = 0;
  house.worker.beforeAnswer = (question) => {
    if (question.kind !== kind) return;
    asked += 1;
    return new Promise<void>((resolve) => held.push(resolve));
  };
  const answerOne = () => held.shift()?.();
  const answer = () => {
    house.worker.beforeAnswer = () => undefined;
    while (held.length > 0) answerOne();
  };
  return { asked: () => asked, answer, answerOne };
}

it('keeps its sockets while Redis is away, refuses sends at once, and heals in order when it is back', async () => {
  const { ann, channel, owner, member } = await aRoom();
  await proxy.refuse();
  await eventually(async () => (await house.http('/readiness')).status === 503);
  for (let i = 0; i < 5; i++) await house.worker.say(channel, ann, 'missed');
  const began = Date.now();
  owner.send('message.send', { messageId: randomUUID(), channelId: channel.id, text: 'no', clientTs: 1 }, 'r');
  expect(await owner.next('error')).toMatchObject({ code: 'UNAVAILABLE' });
  expect(Date.now() - began).toBeLessThan(1_000);

  await proxy.accept();
  await eventually(() => owner.seqs(channel.id).length === 6);
  await house.worker.say(channel, ann, 'after');
  for (const client of [owner, member]) {
    await eventually(() => client.seqs(channel.id).length === 7);
    expect(client.seqs(channel.id)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(client.closed).toBeUndefined();
  }
  await eventually(async () => (await house.http('/readiness')).status === 200);
});

it('delivers nothing of what came after to who was removed while the link was down', async () => {
  const { ann, bob, channel, owner, member } = await aRoom();
  await proxy.refuse();
  await house.worker.leave(channel, bob);
  await house.worker.say(channel, ann, 'not for bob');
  await proxy.accept();
  await owner.next('message.new', 1);
  await member.next('channel.left');
  expect(member.seqs(channel.id)).toEqual([3]);
});

it('delivers nothing more to whose access ended while the link was down, and asks about all others at once', async () => {
  const { ann, bob, channel, owner } = await aRoom();
  const sids = Array.from({ length: 5 }, newSessionId);
  const ended = { [sids[0] ?? '']: 'session', [sids[1] ?? '']: 'deactivated', [sids[2] ?? '']: 'outdated' } as const;
  const devices = await Promise.all(sids.map((sid) => house.connect(bob, undefined, house.token(bob, 900, { sid }))));
  await proxy.refuse();
  for (const [sid, reason] of Object.entries(ended)) house.worker.ended.set(sid, reason);
  await house.worker.say(channel, ann, 'not for all');
  house.worker.asked.length = 0;
  await proxy.accept();
  await owner.next('message.new', 1);
  expect(await Promise.all(devices.slice(0, 3).map((device) => device.close()))).toEqual([4403, 4403, 4401]);
  await Promise.all(devices.slice(3).map((device) => device.next('message.new')));
  expect(devices.slice(0, 3).flatMap((device) => device.all('message.new'))).toEqual([]);
  const questions = house.worker.asked.filter(({ kind }) => kind === 'access');
  expect(questions).toHaveLength(1);
  owner.send('message.send', { messageId: randomUUID(), channelId: channel.id, text: 'and on', clientTs: 1 });
  await owner.next('message.result');
});

it('takes nothing in from those who were not asked about yet', async () => {
  const { channel, owner } = await aRoom();
  const { asked, answer } = holdAnswers('access');
  proxy.cut();
  await eventually(() => asked() > 0);
  const send = { messageId: randomUUID(), channelId: channel.id, text: 'again', clientTs: 1 };
  owner.send('message.send', send);
  const { code, retryAfterMs } = await owner.next('error');
  expect([code, retryAfterMs]).toEqual(['UNAVAILABLE', 1_000]);
  answer();
  await eventually(async () => (await house.metric('storm_gateway_paused')) === 0);
  owner.send('message.send', send);
  expect((await owner.next('message.result')).status).toBe('persisted');
});

it('delivers nothing while nobody has answered whose access still holds', async () => {
  const { ann, channel, owner } = await aRoom();
  const { asked, answer } = holdAnswers('access');
  proxy.cut();
  await eventually(() => asked() > 0);
  await house.worker.say(channel, ann, 'waits');
  owner.send('sync', { epoch: house.worker.epoch, channels: { [channel.id]: 0 } });
  owner.send('ping', {});
  await owner.next('pong');
  expect([owner.seqs(channel.id), await house.metric('storm_gateway_paused')]).toEqual([[3], 1]);
  answer();
  await owner.next('sync.done');
  expect(owner.seqs(channel.id).at(-1)).toBe(4);
});

it('lets a client that knows more than it wait until Redis is back, and goes on from there', async () => {
  const { ann, channel, owner } = await aRoom();
  await proxy.refuse();
  await eventually(async () => (await house.metric('storm_gateway_paused')) === 1);
  await house.worker.say(channel, ann, 'heard by way of another gateway');
  await house.worker.say(channel, ann, 'not heard yet');
  owner.send('sync', { epoch: house.worker.epoch, channels: { [channel.id]: 4 } });
  await proxy.accept();
  expect(await owner.next('sync.done')).toMatchObject({ complete: true });
  await eventually(() => owner.seqs(channel.id).length > 1);
  expect(owner.seqs(channel.id)).toEqual([3, 5]);
});

it('hears of what ends while it asks, and asks anew when the link breaks again meanwhile', async () => {
  const { ann, bob, channel, owner } = await aRoom();
  const [told, missed] = [newSessionId(), newSessionId()];
  const devices = await Promise.all([told, missed].map((sid) => house.connect(bob, undefined, house.token(bob, 900, { sid }))));
  const { asked, answer } = holdAnswers('access');
  proxy.cut();
  await eventually(() => asked() === 1);
  await house.worker.control({ kind: 'session-ended', userId: bob, sid: told });
  expect(await devices[0]?.close()).toBe(4403);
  proxy.cut();
  await eventually(() => asked() === 2);
  await house.worker.say(channel, ann, 'not for bob');
  house.worker.ended.set(missed, 'session');
  answer();
  expect(await devices[1]?.close()).toBe(4403);
  await owner.next('message.new', 1);
  expect(devices.flatMap((device) => device.all('message.new'))).toEqual([]);
});

it('lets nobody slip past the question by saying again who they are', async () => {
  const { ann, bob, channel, owner } = await aRoom();
  const sid = newSessionId();
  const token = house.token(bob, 900, { sid });
  const device = await house.connect(bob, undefined, token);
  await house.worker.redis.del(house.names.revocationsLoaded); // Redis can't say whether a token holds
  const { asked, answer, answerOne } = holdAnswers('access');
  proxy.cut();
  await eventually(() => asked() === 1);
  device.send('authenticate', { token });
  await eventually(() => asked() === 2);
  house.worker.ended.set(sid, 'session');
  await house.worker.say(channel, ann, 'not for bob');
  answerOne(); // of the token from before
  await eventually(() => asked() === 3);
  expect(await house.metric('storm_gateway_paused')).toBe(1);
  answer();
  expect(await device.close()).toBe(4403);
  await owner.next('message.new', 1);
  expect(device.all('message.new')).toEqual([]);
});

it('brings in who was added while the link was down', async () => {
  const { ann, channel } = await aRoom();
  const eve = aUser();
  const client = await house.connect(eve);
  await proxy.refuse();
  await house.worker.join(channel, eve);
  await proxy.accept();
  expect(await client.next('channels.more')).toMatchObject({ channels: [{ channelId: channel.id }] });
  await house.worker.say(channel, ann, 'for eve');
  await client.next('message.new');
});

it('delivers nothing until a worker has answered, then everything', async () => {
  const { ann, channel, owner } = await aRoom();
  const { asked, answer } = holdAnswers('memberships');
  proxy.cut();
  await eventually(() => asked() > 0);
  await house.worker.say(channel, ann, 'waits');
  expect(await house.metric('storm_gateway_paused')).toBe(1);
  owner.send('ping', {});
  await owner.next('pong');
  expect(owner.seqs(channel.id)).toEqual([3]);
  answer();
  await owner.next('message.new', 1);
  expect(await house.metric('storm_gateway_paused')).toBe(0);
});

it('lets people in while Redis is away, degraded, and tells them their channels when it is back', async () => {
  const { ann, channel } = await aRoom();
  await proxy.refuse();
  const client = await house.client({ headers: { authorization: `Bearer ${house.token(ann)}` } });
  expect(await client.next('connection.ready')).toMatchObject({ degraded: true, channels: [] });
  await proxy.accept();
  expect(await client.next('channels.more')).toMatchObject({ channels: [{ channelId: channel.id }] });
});

it('asks those to come back whose memberships no worker wants to tell', async () => {
  const { owner } = await aRoom();
  house.worker.beforeAnswer = () => {
    throw new Error('no');
  };
  proxy.cut();
  expect(await owner.close()).toBe(4500);
});

it('opens the link anew when it hangs, and misses nothing', async () => {
  const { ann, channel, owner } = await aRoom();
  const before = proxy.connections;
  proxy.stall();
  await house.worker.say(channel, ann, 'while it hung');
  await eventually(() => proxy.connections > before, { timeoutMs: 15_000 });
  proxy.resume();
  await owner.next('message.new', 1);
  expect(owner.seqs(channel.id)).toEqual([3, 4]);
  expect(owner.closed).toBeUndefined();
});
