import { eventually } from '@storm/devstack/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aChannelId, aUser, House } from './support/house.js';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());

it('takes nobody until a worker has announced the database, and says why', async () => {
  const gateway = await house.gateway();
  const readiness = await house.http('/readiness', gateway);
  expect(readiness.status).toBe(503);
  expect(await readiness.json()).toMatchObject({ checks: { database: 'no worker has announced the database yet' } });
  expect((await house.http('/health', gateway)).status).toBe(200);
  expect((await house.client()).status).toBe(503);
  await house.worker.announce();
  await eventually(async () => (await house.http('/readiness', gateway)).status === 200);
  await eventually(async () => (await house.client()).status === undefined);
});

it('takes nobody for another deployment', async () => {
  const gateway = await house.gateway({ QUEUE_SHARDS: '3' });
  expect((await house.client({ gateway })).status).toBe(503);
  expect(await (await house.http('/readiness', gateway)).json()).toMatchObject({
    checks: { database: 'QUEUE_SHARDS is 3, the database has 2' },
  });
});

it('is ready at once without a worker, and tells the channels and syncs when one is back', async () => {
  const [ann, bob] = [aUser(), aUser()];
  const channel = await house.worker.createChannel(aChannelId(), ann, bob);
  await house.worker.say(channel, ann, 'one');
  const client = await house.connect(bob);
  expect(await client.next('connection.ready')).toMatchObject({ degraded: true, channels: [] });
  client.send('sync', { epoch: 'epoch-1', channels: { [channel.id]: 2 } });
  // Unknown memberships keep nobody from sending: the worker decides.
  client.send('message.send', { messageId: randomUUID(), channelId: channel.id, text: 'queued', clientTs: 1 });
  await client.next('message.ack');
  expect(client.all('sync.done')).toEqual([]);

  await house.worker.start();
  const { channels } = await client.next('channels.more');
  expect(channels).toMatchObject([{ channelId: channel.id }]);
  expect(await client.next('sync.done')).toMatchObject({ channelId: channel.id, complete: true });
  expect(await client.next('message.result')).toMatchObject({ status: 'persisted', seq: 4 });
  await eventually(() => client.seqs(channel.id).length === 2);
  expect(client.seqs(channel.id)).toEqual([3, 4]);
});
