import { eventually } from '@storm/devstack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aChannelId, aUser, House } from './support/house.js';

let house: House;
beforeAll(async () => {
  house = await House.ready({ env: { RATE_LIMITS: 'off' } });
});
afterAll(() => house.close());

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => i + first);

async function aChannel(messages: number, spread = {}) {
  const ann = aUser();
  const channel = await house.worker.createChannel(aChannelId(), ann);
  await house.worker.spread(
    channel,
    Array.from({ length: messages }, () => channel.say(ann, 'x'.repeat(100))),
    spread,
  );
  return { ann, channel };
}

/** The worker answers no question for events until it is called. */
function holdAnswers(): () => void {
  let answer = (): void => undefined;
  house.worker.beforeAnswer = (question) =>
    question.kind === 'events' ? new Promise<void>((resolve) => (answer = resolve)) : undefined;
  return () => {
    house.worker.beforeAnswer = () => undefined;
    answer();
  };
}

/** A member whose sync of a channel waits for the worker. */
async function aWaitingMember() {
  const { ann, channel } = await aChannel(5, { log: false });
  const bob = aUser();
  await house.worker.join(channel, bob);
  const client = await house.connect(bob);
  const answer = holdAnswers();
  client.send('sync', { epoch: 'epoch-1', channels: { [channel.id]: 3 } });
  await isAsked(channel.id);
  return { ann, bob, channel, client, answer };
}

const isAsked = (channelId: string) =>
  eventually(() => house.worker.asked.some((question) => question.kind === 'events' && question.channelId === channelId));

it('brings what was missed from the recent log, then live events, without a seam', async () => {
  const { ann, channel } = await aChannel(150);
  const client = await house.connect(ann);
  client.send('sync', { epoch: 'epoch-1', channels: { [channel.id]: 11 } }, 's1');
  expect(await client.next('sync.done')).toEqual({ channelId: channel.id, to: 151, complete: true });
  await house.worker.say(channel, ann, 'live');
  await client.next('message.new');
  expect(client.seqs(channel.id)).toEqual(upTo(152, 12));
  const pages = client.all('sync.changes');
  expect(pages.length).toBeGreaterThan(1);
  expect(pages.map(({ from }) => from)).toEqual([11, ...pages.slice(0, -1).map(({ to }) => to)]);
  expect(client.frames.filter(({ requestId }) => requestId === 's1')).toHaveLength(pages.length + 1);
});

it('brings it from the worker where the log does not reach', async () => {
  const { ann, channel } = await aChannel(20, { log: false });
  await house.worker.spread(channel, [channel.delete(2), channel.rename(2)], { log: false });
  await house.worker.say(channel, ann, 'in the log');
  const client = await house.connect(ann);
  client.send('sync', { epoch: 'epoch-1', channels: { [channel.id]: 5 } });
  expect(await client.next('sync.done')).toEqual({ channelId: channel.id, to: 25, complete: true });
  const [first] = client.all('sync.changes');
  expect(client.seqs(channel.id)).toEqual([...upTo(22, 6), 24, 25]);
  expect(first?.events.at(-2)).toMatchObject({ event: 'channel.changed', payload: { from: 23, seq: 24 } });
  expect(first).toMatchObject({ from: 5, to: 25, head: 25 });
});

it('reads a page once for all who ask for it', async () => {
  const { ann, channel } = await aChannel(20, { log: false });
  const clients = await Promise.all(Array.from({ length: 12 }, () => house.connect(ann)));
  for (const client of clients) client.send('sync', { epoch: 'epoch-1', channels: { [channel.id]: 5 } });
  for (const client of clients) expect(await client.next('sync.done')).toMatchObject({ to: 21, complete: true });
  for (const client of clients) expect(client.seqs(channel.id)).toEqual(upTo(21, 6));
  expect(house.worker.asked.filter((it) => it.kind === 'events' && it.channelId === channel.id)).toHaveLength(1);
});

it('says at once that nothing was missed', async () => {
  const { ann, channel } = await aChannel(3);
  const client = await house.connect(ann);
  client.send('sync', { epoch: 'epoch-1', channels: { [channel.id]: 4 } });
  expect(await client.next('sync.done')).toEqual({ channelId: channel.id, to: 4, complete: true });
  expect(client.all('sync.changes')).toEqual([]);
});

it('tells who must reload: another epoch, ahead of the head, too much missed; and goes on live', async () => {
  const { ann, channel } = await aChannel(5);
  const { channel: long } = await aChannel(600);
  await house.worker.join(long, ann);
  const client = await house.connect(ann);
  client.send('sync', { epoch: 'other', channels: { [channel.id]: 2 } });
  client.send('sync', { epoch: 'epoch-1', channels: { [channel.id]: 99 } });
  await eventually(() => client.all('sync.done').length > 0);
  client.send('sync', { epoch: 'epoch-1', channels: { [long.id]: 1 } });
  await eventually(() => client.all('sync.done').some(({ channelId }) => channelId === long.id));
  for (const done of client.all('sync.done')) {
    expect(done).toEqual({ channelId: done.channelId, to: done.channelId === long.id ? 602 : 6, complete: false });
  }
  expect(client.all('sync.changes')).toEqual([]);
  await house.worker.say(channel, ann, 'live');
  await house.worker.say(long, ann, 'live');
  await eventually(() => client.all('message.new').length === 2);
});

it('tells nothing of a channel to who is not in it', async () => {
  const { channel } = await aChannel(5);
  const client = await house.connect(aUser());
  client.send('sync', { epoch: 'epoch-1', channels: { [channel.id]: 2, [aChannelId()]: 0 } });
  await client.next('sync.done', 1);
  expect(client.all('sync.done').map(({ to, complete }) => ({ to, complete }))).toEqual([
    { to: 0, complete: false },
    { to: 0, complete: false },
  ]);
  expect(client.all('sync.changes')).toEqual([]);
});

it('ends in complete: false past 256 KiB', async () => {
  const ann = aUser();
  const channel = await house.worker.createChannel(aChannelId(), ann);
  for (let i = 0; i < 100; i++) await house.worker.say(channel, ann, 'x'.repeat(4_000));
  const client = await house.connect(ann);
  client.send('sync', { epoch: 'epoch-1', channels: { [channel.id]: 1 } });
  expect(await client.next('sync.done')).toEqual({ channelId: channel.id, to: 101, complete: false });
  const bytes = JSON.stringify(client.all('sync.changes')).length;
  expect(bytes).toBeGreaterThan(256 * 1024);
  expect(bytes).toBeLessThan(400 * 1024);
});

it('misses, doubles and moves nothing while events go on coming, for many clients at once', async () => {
  const { ann, channel } = await aChannel(100);
  const clients = await Promise.all(Array.from({ length: 8 }, () => house.connect(ann)));
  let isDone = false;
  const talk = (async () => {
    for (let i = 0; i < 150 && !isDone; i++) await house.worker.say(channel, ann, 'meanwhile', { publish: i % 10 !== 0 });
  })();
  for (const client of clients) client.send('sync', { epoch: 'epoch-1', channels: { [channel.id]: 21 } });
  await Promise.all(clients.map((client) => client.next('sync.done')));
  isDone = true;
  await talk;
  await house.worker.say(channel, ann, 'last');
  for (const client of clients) {
    await eventually(() => client.seqs(channel.id).at(-1) === channel.seq);
    expect(client.all('sync.done')).toMatchObject([{ complete: true }]);
    // What came between `connection.ready` and the sync is sent again: it is older than what the sync brings last.
    const before = client.frames.findIndex(({ event }) => event.startsWith('sync'));
    const live = client.frames.slice(0, before).filter(({ event }) => event === 'message.new').length;
    expect(client.seqs(channel.id).slice(live)).toEqual(upTo(channel.seq, 22));
  }
});

it('holds live events back until the sync is done, and begins anew when asked again', async () => {
  const { ann, channel } = await aChannel(5, { log: false });
  const client = await house.connect(ann);
  const answer = holdAnswers();
  client.send('sync', { epoch: 'epoch-1', channels: { [channel.id]: 3 } });
  await isAsked(channel.id);
  client.send('sync', { epoch: 'epoch-1', channels: { [channel.id]: 4 } });
  await house.worker.say(channel, ann, 'live');
  client.send('ping', {});
  await client.next('pong');
  expect(client.seqs(channel.id)).toEqual([]);
  answer();
  await client.next('sync.done', 1);
  expect(client.seqs(channel.id)).toEqual([4, 5, 6, 7, 5, 6, 7]);
  await house.worker.say(channel, ann, 'after');
  await eventually(() => client.seqs(channel.id).at(-1) === 8);
});

it('stops syncing a channel that the user left', async () => {
  const { ann, bob, channel, client, answer } = await aWaitingMember();
  await house.worker.leave(channel, bob);
  await client.next('channel.left');
  answer();
  expect(await client.next('sync.done')).toEqual({ channelId: channel.id, to: 3, complete: false });
  await house.worker.say(channel, ann, 'not for you');
  client.send('ping', {});
  await client.next('pong');
  expect(client.seqs(channel.id)).toEqual([]);
});

it('says nothing more of a sync to who left meanwhile and came back', async () => {
  const { ann, bob, channel, client, answer } = await aWaitingMember();
  await house.worker.leave(channel, bob);
  await house.worker.join(channel, bob);
  await client.next('channel.joined');
  answer();
  client.send('sync', { epoch: 'epoch-1', channels: { [channel.id]: channel.seq } });
  expect(await client.next('sync.done')).toEqual({ channelId: channel.id, to: channel.seq, complete: true });
  await house.worker.say(channel, ann, 'for you');
  expect(await client.next('message.new')).toMatchObject({ seq: channel.seq });
  expect(client.all('sync.done')).toHaveLength(1);
});

it('refuses more channels than a client may have waiting', async () => {
  const client = await house.connect(aUser());
  const channels = () => Object.fromEntries(Array.from({ length: 100 }, () => [aChannelId(), 0]));
  for (let i = 0; i < 20; i++) client.send('sync', { epoch: 'epoch-1', channels: channels() }, `s${i}`);
  expect(await client.next('error')).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' });
  await client.next('sync.done', 199);
});
