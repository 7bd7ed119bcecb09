import { randomBytes, randomUUID } from 'node:crypto';
import { Queue, Worker as QueueWorker } from 'bullmq';
import { Beat, beatAad, changesQueue, messageIdOf } from '@storm/shared/contracts';
import { EventOpener, aadOf, connectRedis } from '@storm/shared/node';
import type { TimelineRow } from '@storm/store';
import { eventually, testRedisUrl } from '@storm/devstack/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChannelKeys } from '../src/crypto/channel-keys.js';
import { encryptText } from '../src/crypto/text.js';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
let ann: string;
beforeAll(async () => {
  rig = await createRig({ shards: 2 });
  await rig.startWorker();
  ann = await rig.user();
});
afterAll(() => rig.stop());

describe('the beat', () => {
  it('says of each shard which heads and memberships moved lately, sealed', async () => {
    const subscriber = connectRedis(testRedisUrl(), 'subscriber', rig.log);
    const opener = new EventOpener(rig.config.EVENT_SECRETS);
    const bob = await rig.user();
    const rooms = [await rig.channel(ann, 'public'), await rig.channel(ann, 'public'), await rig.channel(ann, 'public')];
    for (const room of rooms) {
      await rig.submit(rig.change(room, bob, { kind: 'join' }));
      await rig.say(room, ann, 'hi');
      await rig.submit(rig.change(room, bob, { kind: 'leave' }));
    }
    const beats = new Map<number, Beat>();
    await subscriber.subscribe(...[0, 1].map((shard) => rig.names.beat(shard)));
    subscriber.on('messageBuffer', (from: Buffer, message: Buffer) => {
      const shard = from.toString() === rig.names.beat(0) ? 0 : 1;
      expect(message.includes(ann)).toBe(false);
      beats.set(shard, Beat.parse(JSON.parse(opener.open(message, aadOf(...beatAad(shard))).toString())));
    });
    const shards = new Set(rooms.map((room) => rig.names.shardOf(room)));
    await eventually(() => [...shards].every((shard) => beats.has(shard)));
    for (const room of rooms) {
      const beat = beats.get(rig.names.shardOf(room));
      expect(beat?.heads).toContainEqual([room, 4, 1]);
      const moves = beat?.members.filter(({ channelId }) => channelId === room);
      expect(moves).toContainEqual({ userId: ann, channelId: room, seq: 1, active: true });
      expect(moves).toContainEqual({ userId: bob, channelId: room, seq: 2, active: true });
      expect(moves).toContainEqual({ userId: bob, channelId: room, seq: 4, active: false });
    }
    subscriber.disconnect();
  });
});

describe('the sweep', () => {
  /** Rows as a worker left them that died right after their insert, a while ago. */
  async function leftBehind(room: string, bob: string): Promise<TimelineRow[]> {
    const keys = new ChannelKeys({ store: rig.store, masterKeys: rig.config.MASTER_KEYS, maxAgeMs: 1e12 });
    const key = (await keys.forWriting(new Map([[room, { seq: 2 }]]))).get(room);
    if (!key) throw new Error('no key');
    const createdAt = new Date(Date.now() - 10_000);
    const row = (seq: number, senderId: string) => {
      const intakeId = randomBytes(12).toString('base64url');
      return {
        channelId: room,
        seq,
        senderId,
        changeId: randomUUID(),
        intakeId,
        bodyHmac: randomBytes(32),
        keyVersion: 1,
        createdAt,
      };
    };
    const joined = {
      ...row(2, bob),
      kind: 'system' as const,
      system: { kind: 'joined' as const, userId: bob, role: 'member' as const, memberCount: 2, position: 0 },
    };
    const base = row(3, bob);
    const said = {
      ...base,
      kind: 'message' as const,
      id: messageIdOf(room, bob, base.changeId),
      position: 1,
      version: 3,
      textSeq: 3,
      textKey: null,
      ...encryptText(key.key, 'nobody told of this', { channelId: room, keyVersion: 1, position: 1, textSeq: 3, senderId: bob }),
      threadId: null,
      mentions: [],
      reactions: {},
      clientTs: createdAt,
      editedAt: null,
      deletedAt: null,
    };
    return [joined, said];
  }

  it('finds rows whose every writer died, and does all that they left undone, without new traffic', async () => {
    const bob = await rig.user();
    const room = await rig.channel(ann, 'public');
    await eventually(async () => (await rig.store.heads.read([room])).get(room)?.seq === 1);
    const live = await rig.listen(room);
    const rows = await leftBehind(room, bob);
    expect(await rig.store.timeline.insertRows(rows)).toEqual({ inserted: 2, conflict: false });
    const moved = rig.names.moved(rig.names.shardOf(room));
    const began = Date.now();
    await rig.redis.zadd(moved, began - 10_000, room);

    await eventually(() => live.length === 2);
    expect(Number(await rig.redis.zscore(moved, room))).toBeGreaterThanOrEqual(began);
    expect(live).toMatchObject([
      { from: 2, seq: 2, event: 'channel.changed', payload: { changes: [{ kind: 'joined', userId: bob }] } },
      { from: 3, seq: 3, event: 'message.new', payload: { text: 'nobody told of this', position: 1 } },
    ]);
    expect(await rig.asker.ask({ kind: 'page', userId: bob, channelId: room, limit: 5 })).toMatchObject({
      head: { seq: 3, position: 1 },
      messages: [{ text: 'nobody told of this' }],
    });
    expect(await rig.store.channels.get(room)).toMatchObject({ memberCount: 2 });
    await eventually(async () => (await rig.store.heads.read([room])).get(room)?.seq === 3);
    expect((await rig.store.memberships.of(room, [bob])).get(bob)).toMatchObject({ readPosition: 1, leftAt: null });
    expect(await rig.say(room, bob, 'and on')).toMatchObject({ status: 'persisted', seq: 4, position: 2 });
  });

  it('forgets what moved long ago', async () => {
    const [moved, members] = [rig.names.moved(0), rig.names.movedMembers(0)];
    await rig.redis.zadd(moved, Date.now() - 6 * 60_000, 'old');
    await rig.redis.zadd(members, Date.now() - 6 * 60_000, 'old');
    await eventually(
      async () => (await rig.redis.zscore(moved, 'old')) === null && (await rig.redis.zscore(members, 'old')) === null,
    );
  });

  it('puts back a job that failed, for whatever reason', async () => {
    const alone = await createRig({ shards: 1 });
    const first = await alone.startWorker();
    const owner = await alone.user();
    const room = await alone.channel(owner);
    await first.stop();
    const { verdict } = await alone.intake.submit(
      alone.change(room, owner, { kind: 'message', text: 'not lost', threadId: null, clientTs: 1 }),
    );
    const prefix = alone.names.shardPrefix(0);
    const connection = connectRedis(testRedisUrl(), 'consumer', alone.log);
    const queue = new Queue(changesQueue, { connection, prefix });
    const saboteur = new QueueWorker(changesQueue, () => Promise.reject(new Error('sabotage')), { connection, prefix });
    await eventually(async () => (await queue.getJobCounts('failed'))['failed'] === 1);
    await saboteur.close();
    await alone.startWorker();
    expect(await verdict).toMatchObject({ status: 'persisted', position: 1 });
    await queue.close();
    connection.disconnect();
    await alone.stop();
  });
});
