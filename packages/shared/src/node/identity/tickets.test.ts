import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testRedisUrl, uniqueNamespace } from '@storm/devstack/testing';
import { newSessionId, newUserId, RedisNames } from '../../contracts/index.js';
import { limits, type AccessClaims } from '../../protocol/index.js';
import { createLogger } from '../log/logger.js';
import { connectRedis, redisReady, type Redis } from '../redis/connect.js';
import { issueTicket, redeemTicket } from './tickets.js';

const names = new RedisNames(uniqueNamespace(), 1);
const claims: AccessClaims = { sub: newUserId(), sid: newSessionId(), role: 'member', exp: 2_000_000_000 };
let redis: Redis;

beforeAll(async () => {
  redis = connectRedis(testRedisUrl(), 'producer', createLogger('test', 'silent'));
  await redisReady(redis);
});
afterAll(async () => {
  const keys = await redis.keys(`${names.namespace}:*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
});

const refused = { code: 'UNAUTHORIZED' };

describe('a ticket', () => {
  it('gives the claims that it was made for', async () => {
    expect(await redeemTicket(await issueTicket(claims, redis, names), redis, names)).toEqual(claims);
  });

  it('is taken once, by one of fifty who try at the same time', async () => {
    const ticket = await issueTicket(claims, redis, names);
    const tries = await Promise.allSettled(Array.from({ length: 50 }, () => redeemTicket(ticket, redis, names)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const attempt of tries) if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject(refused);
    await expect(redeemTicket(ticket, redis, names)).rejects.toMatchObject(refused);
  });

  it('is gone after half a minute', async () => {
    await issueTicket(claims, redis, names);
    const [key] = await redis.keys(names.ticket('*'));
    const left = await redis.pttl(key ?? '');
    expect(left).toBeGreaterThan(limits.ticketMs - 5_000);
    expect(left).toBeLessThanOrEqual(30_000);
    await redis.del(key ?? '');
  });

  it('is known to Redis by its hash alone', async () => {
    const ticket = await issueTicket(claims, redis, names);
    const keys = await redis.keys(names.ticket('*'));
    expect(keys).toHaveLength(1);
    expect(keys[0]).not.toContain(ticket);
    expect(await redis.get(keys[0] ?? '')).not.toContain(ticket);
    await redeemTicket(ticket, redis, names);
  });

  it('is never the same twice', async () => {
    const tickets = await Promise.all(Array.from({ length: 20 }, () => issueTicket(claims, redis, names)));
    expect(new Set(tickets).size).toBe(20);
    for (const ticket of tickets) expect(ticket).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });

  it.each(['', 'x', '*', '../meta', 'a'.repeat(4_096)])('is refused when nobody issued it: %j', async (ticket) => {
    await expect(redeemTicket(ticket, redis, names)).rejects.toMatchObject(refused);
  });

  it.each(['no json', '{}', 'null'])('is refused when what Redis has for it is %j', async (stored) => {
    const ticket = await issueTicket(claims, redis, names);
    const keys = await redis.keys(names.ticket('*'));
    await Promise.all(keys.map((key) => redis.set(key, stored)));
    await expect(redeemTicket(ticket, redis, names)).rejects.toMatchObject(refused);
  });

  it('is neither made nor refused while Redis is away: that is a 503', async () => {
    const ticket = await issueTicket(claims, redis, names);
    const gone = connectRedis('redis://127.0.0.1:1', 'producer', createLogger('test', 'silent'));
    await expect(issueTicket(claims, gone, names)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(redeemTicket(ticket, gone, names)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    gone.disconnect();
    expect(await redeemTicket(ticket, redis, names)).toEqual(claims);
  });
});
