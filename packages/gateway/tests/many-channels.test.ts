import { eventually } from '@storm/devstack/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { channelsPerUser } from '../src/hub/local-user.js';
import { ChannelModel } from './support/channel-model.js';
import { aChannelId, aUser, House } from './support/house.js';

let house: House;
beforeAll(async () => {
  house = await House.ready();
});
afterEach(() => house.hangUp());
afterAll(() => house.close());

it('follows the first 10,000 channels of a user live, and no more when it joins others', async () => {
  const ann = aUser();
  const ids = Array.from({ length: channelsPerUser + 500 }, aChannelId).sort();
  for (const id of ids) house.worker.channels.set(id, new ChannelModel(id, ann));
  const client = await house.connect(ann);
  const told = () => [...client.all('connection.ready'), ...client.all('channels.more')].flatMap(({ channels }) => channels);
  await eventually(() => told().length >= channelsPerUser, { timeoutMs: 20_000 });
  expect(told().map(({ channelId }) => channelId)).toEqual(ids.slice(0, channelsPerUser));

  for (let i = 0; i < 20; i++) await house.worker.join(await house.worker.createChannel(aChannelId(), aUser()), ann);
  // Comes behind all that was said of her.
  await house.worker.tell(ann, { kind: 'read', channelId: ids[0] ?? '', position: 1, readAt: 1 });
  await client.next('receipt.read');
  expect(client.all('channel.joined')).toEqual([]);
  expect(await house.metric('storm_gateway_channels')).toBe(channelsPerUser);
});
