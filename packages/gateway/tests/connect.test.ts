import { afterAll, beforeAll, expect, it } from 'vitest';
import { aChannelId, aUser, House } from './support/house.js';

let house: House;
beforeAll(async () => {
  house = await House.ready();
});
afterAll(() => house.close());

it('says who connected and where its channels stand, then delivers what comes', async () => {
  const [ann, bob] = [aUser(), aUser()];
  const channel = await house.worker.createChannel(aChannelId(), ann, bob);
  await house.worker.say(channel, ann, 'before');
  const client = await house.connect(bob);
  const ready = await client.next('connection.ready');
  expect(ready).toMatchObject({ userId: bob, epoch: 'epoch-1', heartbeatMs: 25_000 });
  expect(ready.channels).toEqual([{ channelId: channel.id, seq: 3, position: 1, readPosition: 0, unread: 1, mentions: 0 }]);

  await house.worker.say(channel, ann, 'after');
  expect(await client.next('message.new')).toMatchObject({ seq: 4, position: 2, text: 'after' });
});
