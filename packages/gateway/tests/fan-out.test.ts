import { eventually } from '@storm/devstack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aChannelId, aUser, House } from './support/house.js';

let house: House;
beforeAll(async () => {
  house = await House.ready();
  await house.gateway();
});
afterAll(() => house.close());

it('brings each event once, in order, to the members on both gateways and to nobody else', async () => {
  const [ann, bob, eve] = [aUser(), aUser(), aUser()];
  const channel = await house.worker.createChannel(aChannelId(), ann, bob);
  const [one, other] = house.gateways;
  const members = await Promise.all([house.connect(ann, one), house.connect(bob, one), house.connect(bob, other)]);
  const outsider = await house.connect(eve, one);
  for (let i = 0; i < 50; i++) await house.worker.say(channel, ann, `message ${i}`);
  await house.worker.spread(channel, [channel.delete(7), channel.rename(3), channel.say(bob, 'last')]);

  const expected = [...Array.from({ length: 50 }, (_, i) => i + 3), 53, 56, 57];
  for (const client of members) {
    await eventually(() => client.seqs(channel.id).length >= expected.length);
    expect(client.seqs(channel.id)).toEqual(expected);
    expect(client.all('channel.changed')).toMatchObject([{ from: 54, seq: 56 }]);
    expect(client.all('message.deleted')).toMatchObject([{ seq: 53, position: 7 }]);
  }
  expect(outsider.seqs(channel.id)).toEqual([]);
});

it('subscribes to a channel once, and no longer than it has a member', async () => {
  const [ann, bob] = [aUser(), aUser()];
  const channel = await house.worker.createChannel(aChannelId(), ann, bob);
  const name = house.names.events(channel.id);
  const subscribers = async () => ((await house.worker.redis.pubsub('NUMSUB', name)) as [string, number])[1];
  const [gateway] = house.gateways;
  const clients = [await house.connect(ann, gateway), await house.connect(ann, gateway), await house.connect(bob, gateway)];
  expect(await subscribers()).toBe(1);
  clients[0]?.socket.close();
  clients[1]?.socket.close();
  await Promise.all([clients[0]?.close(), clients[1]?.close()]);
  await house.worker.say(channel, ann, 'still here');
  await clients[2]?.next('message.new');
  clients[2]?.socket.close();
  await eventually(async () => (await subscribers()) === 0);
  const users = (await house.worker.redis.pubsub('NUMSUB', house.names.user(ann), house.names.user(bob))) as (string | number)[];
  expect(users.filter((value) => typeof value === 'number')).toEqual([0, 0]);
});

it('counts what it delivers', async () => {
  const [ann, bob] = [aUser(), aUser()];
  const channel = await house.worker.createChannel(aChannelId(), ann, bob);
  const clients = [await house.connect(ann), await house.connect(bob)];
  const before = await house.metric('storm_gateway_deliveries_total');
  await house.worker.say(channel, ann, 'counted');
  await Promise.all(clients.map((client) => client.next('message.new')));
  expect((await house.metric('storm_gateway_deliveries_total')) - before).toBe(2);
  expect(await house.metric('storm_gateway_outbox_bytes')).toBe(0);
});
