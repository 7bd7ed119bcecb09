import { Beat, beatAad } from '@storm/shared/contracts';
import { aadOf, connectRedis, EventOpener, EventSealer } from '@storm/shared/node';
import { eventually, testRedisUrl } from '@storm/devstack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { idOf } from '../../tests/support/opened.js';
import { aRedis, aRing, silent } from '../../tests/support/place.js';
import { beats } from './beat.js';

const secrets = aRing('e1');
const opener = new EventOpener(secrets);
const subscriber = connectRedis(testRedisUrl(), 'subscriber', silent);
const heard: Beat['heads'][] = [];
let place: Awaited<ReturnType<typeof aRedis>>;

beforeAll(async () => {
  place = await aRedis();
  await subscriber.subscribe(place.names.beat(0));
  subscriber.on('messageBuffer', (_from: Buffer, message: Buffer) => {
    heard.push(Beat.parse(JSON.parse(opener.open(message, aadOf(...beatAad(0))).toString())).heads);
  });
});
afterAll(async () => {
  subscriber.disconnect();
  await place.leave();
});

async function move(name: string, at: number): Promise<string> {
  const { redis, names } = place;
  const channelId = idOf('c', name);
  await redis.hset(names.head(channelId, 'e'), { seq: 5, position: 3 });
  await redis.zadd(names.moved(0), at, channelId);
  return channelId;
}

it('says what moved in the last 30 s, or since the last beat if that is longer ago; the first time, all that is kept', async () => {
  const { redis, names } = place;
  let now = 1e12;
  const beat = beats({ redis, names, sealer: new EventSealer(secrets), epoch: 'e', now: () => now });
  const says = async (...channelIds: string[]) => {
    await beat();
    await eventually(() => heard.length > 0);
    const named = heard.splice(0).map((heads) => heads.map(([id]) => id).sort());
    expect(named).toEqual([channelIds.sort()]);
  };
  const old = await move('old', now - 120_000);
  const first = await move('first', now - 1_000);
  await says(old, first);
  now += 5_000;
  await says(first);
  now += 30_000;
  const quiet = await move('quiet', now - 29_000);
  await says(quiet);
  const missed = await move('missed', now + 1_000);
  now += 100_000; // nobody was there to say it
  await says(missed);
  now += 5_000;
  const last = await move('last', now);
  await says(last);
});

it('names 2,000 channels and 1,000 memberships of a shard, the latest, however many moved', async () => {
  const other = await aRedis();
  const { redis, names } = other;
  const now = 1e12;
  const room = (i: number) => idOf('c', `room${i}`);
  const upTo = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
  await redis.zadd(names.moved(0), ...upTo(20_000, (i) => [now - 20_000 + i, room(i)]).flat());
  const moves = upTo(10_000, (i) => [now - 10_000 + i, `${idOf('u', `${i}`)} ${room(i)} ${i + 1} 1`]);
  await redis.zadd(names.movedMembers(0), ...moves.flat());
  const pipeline = redis.pipeline();
  for (let i = 16_000; i < 20_000; i++) pipeline.hset(names.head(room(i), 'e'), { seq: i + 1, position: i });
  await pipeline.exec();

  let said: Beat | undefined;
  subscriber.on('messageBuffer', (from: Buffer, message: Buffer) => {
    if (from.toString() !== names.beat(0)) return;
    said = Beat.parse(JSON.parse(opener.open(message, aadOf(...beatAad(0))).toString()));
  });
  await subscriber.subscribe(names.beat(0));
  await beats({ redis, names, sealer: new EventSealer(secrets), epoch: 'e', now: () => now })();
  const { heads, members } = await eventually(() => said);
  await other.leave();
  expect(heads.map(([, seq]) => seq).sort((a, b) => a - b)).toEqual(upTo(2_000, (i) => 18_001 + i));
  expect(members.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(upTo(1_000, (i) => 9_001 + i));
});
