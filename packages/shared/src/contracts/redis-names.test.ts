import { describe, expect, it } from 'vitest';
import { channelIdOf, newUserId } from './derived-ids.js';
import { questionsQueue, RedisNames } from './redis-names.js';
import { lanes } from './sharding.js';

const names = new RedisNames('storm', 16);
const userId = newUserId();
const channels = Array.from({ length: 40 }, (_, i) => channelIdOf(userId, `${i}`));

const ofChannel = (channelId: string, of = names) => [of.head(channelId, 'e'), of.log(channelId, 'e'), of.events(channelId)];
const ofShard = (shard: number, of = names) => [
  of.shardPrefix(shard),
  of.beat(shard),
  of.moved(shard),
  of.movedMembers(shard),
  of.suspects(shard, 'j'),
];
const single = (of = names) => [
  of.meta,
  of.queryPrefix,
  of.user(userId),
  of.reply('p'),
  of.workerAlive,
  of.sweepLease,
  of.beatLease,
  of.ticket('h'),
  of.connectionsOf(userId),
  of.unauthenticated('203.0.113.9'),
  of.limits,
];
const all = (of = names) => [
  ...channels.flatMap((channelId) => ofChannel(channelId, of)),
  ...Array.from({ length: of.shards }, (_, shard) => ofShard(shard, of)).flat(),
  ...single(of),
];
/** What Redis Cluster hashes of a key. */
const hashTag = (key: string) => /\{([^}]+)\}/.exec(key)?.[1];

describe('names in Redis', () => {
  it('all begin with the name space, and differ', () => {
    for (const name of all()) expect(name).toMatch(/^storm:/);
    expect(new Set(all()).size).toBe(all().length);
  });

  it('of two deployments never meet, also when one is called as the other begins', () => {
    const others = all(new RedisNames('storm-2', 16));
    expect(others.filter((name) => all().includes(name) || name.startsWith('storm:'))).toEqual([]);
  });

  it('of a channel carry the hash tag of its shard, as its queue does: one slot of a cluster', () => {
    for (const channelId of channels) {
      const shard = names.shardOf(channelId);
      for (const name of [...ofChannel(channelId), ...ofShard(shard)]) expect(hashTag(name)).toBe(`s${shard}`);
    }
  });

  it('of heads and logs are of one life of the database', () => {
    const [channelId = ''] = channels;
    expect(names.head(channelId, 'e1')).not.toBe(names.head(channelId, 'e2'));
    expect(names.log(channelId, 'e1')).not.toBe(names.log(channelId, 'e2'));
  });

  it('of queues are ones that BullMQ takes', () => {
    for (const name of [...lanes, questionsQueue]) expect(name).toMatch(/^[a-z]+$/);
  });
});
