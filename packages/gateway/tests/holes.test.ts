import { eventually } from '@storm/devstack/testing';
import { packEvents } from '@storm/shared/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aChannelId, aUser, House } from './support/house.js';

let house: House;
beforeAll(async () => {
  house = await House.ready({ env: { HOLE_MS: '1000' } });
});
afterAll(() => house.close());

async function aMember() {
  const ann = aUser();
  const channel = await house.worker.createChannel(aChannelId(), ann);
  return { ann, channel, client: await house.connect(ann) };
}
const asked = (channelId: string) =>
  house.worker.asked.filter((question) => question.kind === 'events' && question.channelId === channelId);

it('fills a hole from the recent log, and delivers what came after it behind it', async () => {
  const { ann, channel, client } = await aMember();
  await house.worker.say(channel, ann, 'two');
  await house.worker.say(channel, ann, 'three, lost', { publish: false });
  await house.worker.say(channel, ann, 'four, lost', { publish: false });
  await house.worker.say(channel, ann, 'five');
  await eventually(() => client.seqs(channel.id).length === 4);
  expect(client.seqs(channel.id)).toEqual([2, 3, 4, 5]);
  expect(asked(channel.id)).toEqual([]);
  expect(await house.metric('storm_gateway_held_back_events')).toBe(0);
});

it('fills a hole of more than one read of the log', async () => {
  const { ann, channel, client } = await aMember();
  for (let i = 0; i < 200; i++) await house.worker.say(channel, ann, 'lost', { publish: false });
  await house.worker.say(channel, ann, 'seen');
  await eventually(() => client.seqs(channel.id).length === 201);
  expect(client.seqs(channel.id)).toEqual(Array.from({ length: 201 }, (_, i) => i + 2));
});

it('fills a hole from the worker where the log does not reach, page by page, and goes on from there', async () => {
  const { ann, channel, client } = await aMember();
  house.worker.eventsAtOnce = 2;
  await house.worker.spread(channel, [channel.say(ann, 'two'), channel.say(ann, 'three')], { log: false, publish: false });
  await house.worker.spread(channel, [channel.delete(1)], { log: false, publish: false });
  await house.worker.spread(channel, [channel.rename(2)], { log: false, publish: false });
  await house.worker.say(channel, ann, 'seven', { log: false });
  await eventually(() => client.seqs(channel.id).length === 5);
  house.worker.eventsAtOnce = 1_000;
  expect(client.seqs(channel.id)).toEqual([2, 3, 4, 6, 7]);
  expect(client.all('message.deleted')).toMatchObject([{ seq: 4, position: 1 }]);
  await house.worker.say(channel, ann, 'eight');
  await eventually(() => client.seqs(channel.id).at(-1) === 8);
});

it('tells an edit that the worker alone knows of, though nothing comes after it', async () => {
  const { ann, channel, client } = await aMember();
  await house.worker.say(channel, ann, 'two');
  await client.next('message.new');
  const lost = [channel.say(ann, 'three'), channel.edit(1, 'new')];
  await house.worker.spread(channel, lost, { log: false, publish: false });
  const shard = house.names.shardOf(channel.id);
  await house.worker.beat(shard, { heads: [[channel.id, channel.seq, channel.position]], members: [] });
  expect(await client.next('message.updated')).toMatchObject({ seq: 4, position: 1, text: 'new' });
  expect(client.all('message.new').map(({ seq }) => seq)).toEqual([2, 3]);
});

it('reads an event that does not open from the log', async () => {
  const { ann, channel, client } = await aMember();
  const row = channel.say(ann, 'good');
  await house.worker.spread(channel, [row], { publish: false });
  const envelope = house.worker.sealEvent(channel.id, row.from, row.seq + 1, JSON.stringify(row.frame));
  await house.worker.redis.publish(house.names.events(channel.id), packEvents([{ from: row.from, seq: row.seq, envelope }]));
  await client.next('message.new');
  expect(client.seqs(channel.id)).toEqual([2]);
  expect(await house.metric('storm_gateway_unopened_events_total')).toBeGreaterThan(0);
});

it('survives what is no event at all', async () => {
  const { ann, channel, client } = await aMember();
  await house.worker.redis.publish(house.names.events(channel.id), 'nonsense');
  await house.worker.redis.publish(house.names.user(ann), 'nonsense');
  await house.worker.redis.publish(house.names.beat(0), 'nonsense');
  await house.worker.say(channel, ann, 'fine');
  await client.next('message.new');
});

it('goes on behind an event that it can not follow', async () => {
  const { ann, channel, client } = await aMember();
  const odd = channel.rename(1);
  Object.assign(odd.frame.payload, { changes: [{ seq: odd.seq, kind: 'renamed' }] });
  client.isStrict = false;
  await house.worker.spread(channel, [odd, channel.say(ann, 'in the same message')]);
  await client.next('message.new');
  expect(client.seqs(channel.id)).toEqual([2, 3]);
});

it('finds out from a beat that the last event was lost', async () => {
  const { ann, channel, client } = await aMember();
  await house.worker.say(channel, ann, 'lost', { publish: false });
  const shard = house.names.shardOf(channel.id);
  await house.worker.beat(shard, { heads: [[channel.id, channel.seq, channel.position]], members: [] });
  await client.next('message.new');
});

it('sends members away to sync when a hole stays', async () => {
  const { ann, channel, client } = await aMember();
  const bystander = await house.connect(aUser());
  house.worker.beforeAnswer = (question) => {
    if (question.kind === 'events') throw new Error('no');
  };
  await house.worker.say(channel, ann, 'gone', { publish: false, log: false });
  await house.worker.say(channel, ann, 'seen');
  expect(await client.close()).toBe(4500);
  house.worker.beforeAnswer = () => undefined;
  expect(client.seqs(channel.id)).toEqual([]);
  expect(bystander.closed).toBeUndefined();
  const again = await house.connect(ann);
  await house.worker.say(channel, ann, 'after');
  await again.next('message.new');
});
