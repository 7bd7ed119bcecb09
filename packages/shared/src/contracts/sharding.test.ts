import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelIdOf, newUserId } from './derived-ids.js';
import { shardOf } from './sharding.js';

describe('the shard of a channel', () => {
  // http://www.isthe.com/chongo/src/fnv/test_fnv.c, 32-bit FNV-1a
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['b', 0xe70c2de5],
    ['foobar', 0xbf9cf968],
  ])('is FNV-1a: %j', (text, hash) => {
    expect(shardOf(text, 2 ** 32)).toBe(hash);
  });

  it('is the same for ever: jobs wait in its queue', () => {
    expect(shardOf('ci7G6vjpAlryvVUb_OLMpGg', 16)).toBe(3);
    expect(shardOf('dnqoUbixR1ZIyUobr72kD5g', 16)).toBe(2);
  });

  it('is one of those there are', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 256 }), (id, shards) => {
        const shard = shardOf(id, shards);
        expect(Number.isInteger(shard) && shard >= 0 && shard < shards).toBe(true);
      }),
    );
  });

  it.each([3, 16, 256])('spreads channels over %d shards', (shards) => {
    const perShard = 200;
    const counts = Array.from({ length: shards }, () => 0);
    const creator = newUserId();
    for (let i = 0; i < shards * perShard; i++) {
      const shard = shardOf(channelIdOf(creator, `${i}`), shards);
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    // Six standard deviations of a fair throw: one run in a hundred million fails by chance.
    const spread = 6 * Math.sqrt(perShard);
    expect(Math.min(...counts)).toBeGreaterThan(perShard - spread);
    expect(Math.max(...counts)).toBeLessThan(perShard + spread);
  });
});
