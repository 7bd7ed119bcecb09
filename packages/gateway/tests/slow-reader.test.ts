import { eventually, scaled } from '@storm/devstack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aChannelId, aUser, House } from './support/house.js';

let house: House;
beforeAll(async () => {
  house = await House.ready();
});
afterAll(() => house.close());

it('closes with 4508 who does not read while much is sent, and brings the others everything', async () => {
  const [ann, bob] = [aUser(), aUser()];
  const channel = await house.worker.createChannel(aChannelId(), ann, bob);
  const [slow, quick, other] = [await house.connect(bob), await house.connect(ann), await house.connect(bob)];
  slow.socket.pause();
  const perMessage = 200 * 1024;
  const messages = Math.ceil((scaled(32, 12) * 1024 * 1024) / perMessage);
  let most = 0;
  for (let i = 0; i < messages; i++) {
    const rows = Array.from({ length: 50 }, () => channel.say(ann, 'x'.repeat(4_000)));
    await house.worker.spread(channel, rows, { log: false });
    most = Math.max(most, await house.metric('storm_gateway_outbox_max_bytes'));
  }
  await eventually(async () => (await house.metric('storm_gateway_slow_closes_total')) === 1, { timeoutMs: 20_000 });
  slow.socket.resume();
  expect(await slow.close()).toBe(4508);
  for (const client of [quick, other]) {
    await eventually(() => client.seqs(channel.id).length === messages * 50, { timeoutMs: 20_000 });
    expect(client.seqs(channel.id)).toEqual(Array.from({ length: messages * 50 }, (_, i) => i + 3));
    expect(client.closed).toBeUndefined();
  }
  expect(most).toBeLessThanOrEqual(1024 * 1024);
  expect(await house.metric('storm_gateway_outbox_bytes')).toBe(0);
});

it('closes with 4508 who takes nothing of little for too long', async () => {
  const gateway = await house.gateway({ OUTBOX_STALL_MS: '300', OUTBOX_HARD_BYTES: String(64 * 1024 * 1024) });
  const ann = aUser();
  const channel = await house.worker.createChannel(aChannelId(), ann);
  const client = await house.connect(ann, gateway);
  client.socket.pause();
  await eventually(
    async () => {
      await house.worker.spread(
        channel,
        Array.from({ length: 50 }, () => channel.say(ann, 'x'.repeat(4_000))),
        { log: false },
      );
      return (await house.metric('storm_gateway_slow_closes_total', gateway)) === 1;
    },
    { timeoutMs: 20_000 },
  );
  client.socket.resume();
  expect(await client.close()).toBe(4508);
});
