import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { eventually, testRedisUrl, uniqueNamespace } from '@storm/devstack/testing';
import { RedisNames } from '@storm/shared/contracts';
import { connectRedis, createLogger, EventOpener, generateKey, parseKeyRing, type Asker, type Redis } from '@storm/shared/node';
import type { ChannelCursor } from '@storm/shared/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Flusher } from '../outbox/flusher.js';
import { textFrame } from '../outbox/frame.js';
import { Outbox } from '../outbox/outbox.js';
import { attach } from './attach.js';
import { Hub } from './hub.js';
import { LocalUser } from './local-user.js';
import type { Member } from './member.js';
import { Subscriptions } from './subscriptions.js';

const log = createLogger('test', 'silent');
const names = new RedisNames(uniqueNamespace(), 2);
const kibi = 1_024;
const hardBytes = 128 * kibi;
const count = 3_000;

let connections: Redis[];
let subscriptions: Subscriptions;
let hub: Hub;
let server: Server;
beforeAll(async () => {
  const [redis, subscriber] = [
    connectRedis(testRedisUrl(), 'producer', log),
    connectRedis(testRedisUrl(), 'subscriber', log),
  ] as const;
  connections = [redis, subscriber];
  subscriptions = new Subscriptions({ redis: subscriber, log, onLive: () => undefined, onBroken: () => undefined });
  subscriptions.start();
  hub = new Hub({
    redis,
    subscriptions,
    names,
    opener: new EventOpener(parseKeyRing(generateKey('e1'))),
    asker: undefined as unknown as Asker, // nothing is missing here that one would ask for
    log,
    maxChannels: count,
    giveUpMs: 1_000,
    now: Date.now,
    epoch: () => 'e',
    onChanged: () => undefined,
    onTyping: () => undefined,
  });
  server = createServer().listen(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), eventually(() => subscriptions.live && redis.status === 'ready')]);
});
afterAll(() => {
  hub.close();
  subscriptions.stop();
  for (const redis of connections) redis.disconnect();
  server.close();
});

/** A device of the user, over a socket that may be slow, and what it may be told. */
async function aDevice() {
  const theirs = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [ours] = (await once(server, 'connection')) as [Socket];
  const state = { tooSlow: false, most: 0, told: 0 };
  const limits = { softBytes: hardBytes, hardBytes, stallMs: 10_000 };
  const owner = { isOpen: true, readsTooSlowly: () => void (state.tooSlow = true) };
  const outbox = new Outbox(ours, owner, { limits, flusher: new Flusher(), now: () => 0 });
  const member = {
    get closed() {
      return state.tooSlow;
    },
    whenTaken: () => outbox.whenBelow(64 * kibi),
    push: (frame: Buffer) => outbox.push(frame),
  } as unknown as Member;
  const announce = (channels: ChannelCursor[]) => {
    outbox.push(textFrame(Buffer.from(JSON.stringify(channels))));
    state.told += channels.length;
    state.most = Math.max(state.most, outbox.waiting);
  };
  return { theirs, ours, outbox, state, member, announce };
}

it('tells a slow device of thousands of channels as it takes them, also when all of them are followed here already', async () => {
  const cursors = Array.from({ length: count }, (_, i): ChannelCursor => {
    const channelId = `c${String(i).padStart(22, '0')}`;
    return { channelId, seq: 1, position: 1, readPosition: 0, unread: 1, mentions: 0 };
  });
  const user = new LocalUser('ua');
  for (const { channelId } of cursors) user.channels.add(channelId);
  const [first, second] = [await aDevice(), await aDevice()];
  first.theirs.resume();
  await attach({ user, member: first.member, cursors, announce: first.announce }, { hub, subscriptions });

  second.theirs.pause();
  await eventually(() => {
    if (second.ours.writableLength === 0) second.outbox.push(Buffer.alloc(hardBytes / 4));
    return second.ours.writableLength > 0; // the kernel takes no more
  });
  const attached = attach({ user, member: second.member, cursors, announce: second.announce }, { hub, subscriptions });
  await eventually(() => second.state.told > 0);
  expect(second.state.told).toBeLessThan(count);
  second.theirs.resume();
  await attached;
  expect(second.state).toMatchObject({ tooSlow: false, told: count });
  expect(second.state.most).toBeLessThanOrEqual(hardBytes);
  for (const { theirs, ours } of [first, second]) {
    theirs.destroy();
    ours.destroy();
  }
});
