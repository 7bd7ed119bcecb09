import { eventAad, unpackEvents, userEventAad } from '@storm/shared/contracts';
import { EventOpener, EventSealer, aadOf, connectRedis } from '@storm/shared/node';
import { eventually, testRedisUrl } from '@storm/devstack/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { idOf } from '../../tests/support/opened.js';
import { aRedis, aRing, silent } from '../../tests/support/place.js';
import { messageRow } from '../../tests/support/rows.js';
import { eventsOf, type Event } from './frames.js';
import { Publisher } from './publisher.js';

const secrets = aRing('e1');
const opener = new EventOpener(secrets);
const subscriber = connectRedis(testRedisUrl(), 'subscriber', silent);
let place: Awaited<ReturnType<typeof aRedis>>;
let publisher: Publisher;
/** Ranges that were asked of the database. */
let asked: [number, number][];
let heard: number[][];
let channelId: string;
let turn = 0;

beforeAll(async () => {
  place = await aRedis();
  const { redis, names } = place;
  publisher = new Publisher({
    redis,
    names,
    sealer: new EventSealer(secrets),
    epoch: 'e',
    eventsBetween: (_, after, upTo) => {
      asked.push([after, upTo]);
      return Promise.resolve(events(after + 1, Math.min(upTo, after + 3)));
    },
  });
});
afterAll(async () => {
  subscriber.disconnect();
  await place.leave();
});
beforeEach(async () => {
  channelId = idOf('c', `room${++turn}`);
  asked = [];
  heard = [];
  const mine = heard;
  const channel = place.names.events(channelId);
  await subscriber.subscribe(channel);
  subscriber.on('messageBuffer', (from: Buffer, message: Buffer) => {
    if (from.toString() === channel) mine.push(unpackEvents(message).map(({ seq }) => seq));
  });
});

const events = (from: number, to: number): Event[] =>
  eventsOf(
    Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => messageRow(from + i, from + i)),
    ({ seq }) => `text ${seq}`,
  );
const publish = (from: number, to: number, position = to) =>
  publisher.publish([{ channelId, seq: to, position, events: events(from, to) }]);
const logKey = () => place.names.log(channelId, 'e');
const headKey = () => place.names.head(channelId, 'e');
const log = async () => (await place.redis.xrange(logKey(), '-', '+')).map(([id]) => Number(id.split('-')[0]));
const head = async () => place.redis.hgetall(headKey());
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);

describe('publishing', () => {
  it('appends to the log, moves the head and tells who listens, in one message', async () => {
    await publish(1, 3, 2);
    expect(await log()).toEqual([1, 2, 3]);
    expect(await head()).toEqual({ seq: '3', position: '2' });
    await eventually(() => heard.length > 0);
    expect(heard).toEqual([[1, 2, 3]]);
  });

  it('logs the very envelope that was published, sealed for this channel and range', async () => {
    await publish(1, 1);
    const [entry] = await place.redis.xrangeBuffer(logKey(), '-', '+');
    const [, from, , envelope] = entry?.[1] ?? [];
    expect(from?.toString()).toBe('1');
    const frame = opener.open(envelope ?? Buffer.alloc(0), aadOf(...eventAad(channelId, 1, 1))).toString();
    expect(JSON.parse(frame)).toMatchObject({ event: 'message.new', payload: { text: 'text 1' } });
    expect(() => opener.open(envelope ?? Buffer.alloc(0), aadOf(...eventAad(channelId, 1, 2)))).toThrow();
  });

  it('again changes nothing, and of what overlaps only the rest is new', async () => {
    await publish(1, 3);
    await publish(1, 3);
    await publish(2, 5);
    await publish(1, 2);
    expect(await log()).toEqual([1, 2, 3, 4, 5]);
    expect(await head()).toEqual({ seq: '5', position: '5' });
    await eventually(() => heard.flat().length >= 5);
    expect(heard).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('moves the head forwards only', async () => {
    await publish(1, 3, 3);
    await publisher.publish([{ channelId, seq: 2, position: 1, events: [] }]);
    expect(await head()).toEqual({ seq: '3', position: '3' });
  });

  it('keeps the last 256 events, for five idle minutes, and the head for a week', async () => {
    await publish(1, 2_560);
    expect(await log()).toEqual(upTo(2_560, 2_305));
    const [logMs, headMs] = [await place.redis.pttl(logKey()), await place.redis.pttl(headKey())];
    expect([logMs > 290_000, logMs <= 300_000, headMs > 600_000_000, headMs <= 604_800_000]).toEqual(Array(4).fill(true));
  });

  it('of several channels takes one round trip, and each for itself', async () => {
    const other = idOf('c', `other${turn}`);
    await publisher.publish([channelId, other].map((id, i) => ({ channelId: id, seq: 2, position: i, events: events(1, 2) })));
    expect(await publisher.heads([channelId, other, idOf('c', 'none')])).toEqual(
      new Map([
        [channelId, { seq: 2, position: 0 }],
        [other, { seq: 2, position: 1 }],
        [idOf('c', 'none'), { seq: 0, position: 0 }],
      ]),
    );
  });
});

describe('what another worker left behind', () => {
  it('is brought from the database first, as often as it takes', async () => {
    await publish(1, 2);
    await publish(10, 11);
    expect(asked).toEqual([
      [2, 9],
      [5, 9],
      [8, 9],
    ]);
    expect(await log()).toEqual(upTo(11));
    expect(await head()).toEqual({ seq: '11', position: '11' });
    await eventually(() => heard.flat().length === 11);
    expect(heard.flat()).toEqual(upTo(11));
  });

  it('is brought where the log has expired, from the head', async () => {
    await publish(1, 2);
    await place.redis.del(logKey());
    await publish(5, 5);
    expect(asked).toEqual([[2, 4]]);
    expect(await log()).toEqual([3, 4, 5]);
  });

  it('is not known when Redis lost all of it: the log begins anew', async () => {
    await publish(1, 2);
    await place.redis.del(logKey(), headKey());
    await publish(5, 6);
    expect(asked).toEqual([]);
    expect(await log()).toEqual([5, 6]);
  });

  it('within a publication is brought too, and what stands before it is heard', async () => {
    await publish(1, 1);
    await publisher.publish([{ channelId, seq: 6, position: 6, events: [...events(2, 3), ...events(6, 6)] }]);
    expect(asked).toEqual([[3, 5]]);
    expect(await log()).toEqual(upTo(6));
    await eventually(() => heard.flat().length === 6);
    expect(heard.flat()).toEqual(upTo(6));
  });

  it('and is not there, is said rather than passed over', async () => {
    const { redis, names } = place;
    const eventsBetween = () => Promise.resolve([]);
    const empty = new Publisher({ redis, names, sealer: new EventSealer(secrets), epoch: 'e', eventsBetween });
    await publish(1, 1);
    await expect(empty.publish([{ channelId, seq: 3, position: 3, events: events(3, 3) }])).rejects.toThrow('rows are missing');
    expect(await log()).toEqual([1]);
  });
});

it('whatever is published how often, the log is dense, and what it held was heard in order', async () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.nat(6), fc.constantFrom('', '', '', 'expire')), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      await place.redis.del(logKey(), headKey());
      heard.length = 0;
      await publish(1, 1);
      let most = 1;
      for (const [from, more, trouble] of list) {
        if (trouble) await place.redis.del(logKey());
        await publish(from, from + more);
        most = Math.max(most, from + more);
        const entries = await log();
        expect(entries).toEqual(entries.map((_, i) => (entries[0] ?? 0) + i));
        expect(await head()).toEqual({ seq: String(most), position: String(most) });
      }
      await eventually(() => heard.flat().length >= most);
      expect(heard.flat()).toEqual(upTo(most));
    }),
    { numRuns: 40 },
  );
});

it('tells what concerns a user to them alone', async () => {
  const userId = idOf('u', 'ann');
  const messages: Buffer[] = [];
  await subscriber.subscribe(place.names.user(userId));
  subscriber.on('messageBuffer', (from: Buffer, message: Buffer) => {
    if (from.toString() === place.names.user(userId)) messages.push(message);
  });
  await publisher.tellUsers([{ userId, event: { kind: 'left', channelId, seq: 7 } }]);
  await eventually(() => messages.length === 1);
  const opened = opener.open(messages[0] ?? Buffer.alloc(0), aadOf(...userEventAad(userId)));
  expect(JSON.parse(opened.toString())).toEqual({ kind: 'left', channelId, seq: 7 });
});

it('fails with what Redis says, so that it is tried again', async () => {
  await place.redis.set(logKey(), 'no stream');
  await expect(publish(1, 1)).rejects.toThrow('WRONGTYPE');
});
