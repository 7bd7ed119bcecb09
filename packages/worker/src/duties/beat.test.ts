import { Beat, beatAad } from '@storm/shared/contracts';
import { aadOf, connectRedis, EventOpener, EventSealer } from '@storm/shared/node';
import { eventually, testRedisUrl } from '@storm/devstack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { idOf } from '../../tests/support/opened.js';
import { aRedis, aRing, silent } from '../../tests/support/place.js';
import { beat } from './beat.js';

let space: Awaited<ReturnType<typeof aRedis>>;
beforeAll(async () => (space = await aRedis()));
afterAll(() => space.leave());

it('names 2,000 channels and 1,000 memberships of a shard, the latest, however many moved', async () => {
  const { redis, names } = space;
  const now = 1_000_000;
  const room = (i: number) => idOf('c', `room${i}`);
  const upTo = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
  await redis.zadd(names.moved(0), ...upTo(20_000, (i) => [now - 20_000 + i, room(i)]).flat());
  const moves = upTo(10_000, (i) => [now - 10_000 + i, `${idOf('u', `${i}`)} ${room(i)} ${i + 1} 1`]);
  await redis.zadd(names.movedMembers(0), ...moves.flat());
  const pipeline = redis.pipeline();
  for (let i = 16_000; i < 20_000; i++) pipeline.hset(names.head(room(i), 'e'), { seq: i + 1, position: i });
  await pipeline.exec();

  const ring = aRing('e1');
  const subscriber = connectRedis(testRedisUrl(), 'subscriber', silent);
  let heard: Beat | undefined;
  subscriber.on('messageBuffer', (_, message: Buffer) => {
    heard = Beat.parse(JSON.parse(new EventOpener(ring).open(message, aadOf(...beatAad(0))).toString()));
  });
  await subscriber.subscribe(names.beat(0));
  await beat({ redis, names, sealer: new EventSealer(ring), epoch: 'e', now: () => now });
  const { heads, members } = await eventually(() => heard);
  subscriber.disconnect();
  expect(heads.map(([, seq]) => seq).sort((a, b) => a - b)).toEqual(upTo(2_000, (i) => 18_001 + i));
  expect(members.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(upTo(1_000, (i) => 9_001 + i));
});
