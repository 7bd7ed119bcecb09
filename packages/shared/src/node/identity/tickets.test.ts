import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testRedisUrl, uniqueNamespace } from '@storm/devstack/testing';
import { newSessionId, newUserId, RedisNames } from '../../contracts/index.js';
import { limits, type AccessClaims } from '../../protocol/index.js';
import { generateKey, parseKeyRing, type KeyRing } from '../crypto/index.js';
import { createLogger } from '../log/logger.js';
import { connectRedis, redisReady, type Redis } from '../redis/connect.js';
import { issueTicket, redeemTicket } from './tickets.js';

const names = new RedisNames(uniqueNamespace(), 1);
const claims: AccessClaims = { sub: newUserId(), sid: newSessionId(), role: 'member', ver: 0, exp: 2_000_000_000 };
const intakeSecrets = parseKeyRing(generateKey('i1'));
let redis: Redis;
let desk: { redis: Redis; names: RedisNames; intakeSecrets: KeyRing };

beforeAll(async () => {
  redis = connectRedis(testRedisUrl(), 'producer', createLogger('test', 'silent'));
  await redisReady(redis);
  desk = { redis, names, intakeSecrets };
});
afterAll(async () => {
  const keys = await redis.keys(`${names.namespace}:*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
});

const refused = { code: 'UNAUTHORIZED' };

describe('a ticket', () => {
  it('gives the claims that it was made for', async () => {
    expect(await redeemTicket(await issueTicket(claims, desk), desk)).toEqual(claims);
  });

  it('is taken once, by one of fifty who try at the same time', async () => {
    const ticket = await issueTicket(claims, desk);
    const tries = await Promise.allSettled(Array.from({ length: 50 }, () => redeemTicket(ticket, desk)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const attempt of tries) if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject(refused);
    await expect(redeemTicket(ticket, desk)).rejects.toMatchObject(refused);
  });

  it('is gone after half a minute', async () => {
    await issueTicket(claims, desk);
    const [key] = await redis.keys(names.ticket('*'));
    const left = await redis.pttl(key ?? '');
    expect(left).toBeGreaterThan(limits.ticketMs - 5_000);
    expect(left).toBeLessThanOrEqual(30_000);
    await redis.del(key ?? '');
  });

  it('is known to Redis by its hash alone', async () => {
    const ticket = await issueTicket(claims, desk);
    const keys = await redis.keys(names.ticket('*'));
    expect(keys).toHaveLength(1);
    expect(keys[0]).not.toContain(ticket);
    expect(await redis.get(keys[0] ?? '')).not.toContain(ticket);
    await redeemTicket(ticket, desk);
  });

  it('is worth nothing when somebody who can write to Redis made it, or moved it from another', async () => {
    const [ticket, other] = [await issueTicket(claims, desk), await issueTicket({ ...claims, role: 'admin' }, desk)];
    const nameOf = (secret: string) => names.ticket(createHash('sha256').update(secret).digest('base64url'));
    await redis.set(nameOf(ticket), (await redis.get(nameOf(other))) ?? '');
    await expect(redeemTicket(ticket, desk)).rejects.toMatchObject(refused);
    const forged = { ...desk, intakeSecrets: parseKeyRing(generateKey('i1')) };
    await expect(redeemTicket(await issueTicket(claims, forged), desk)).rejects.toMatchObject(refused);
    await redeemTicket(other, desk);
  });

  it('is over after its time, also where Redis keeps it longer', async () => {
    const later = { ...desk, now: () => Date.now() + limits.ticketMs };
    await expect(redeemTicket(await issueTicket(claims, desk), later)).rejects.toMatchObject(refused);
  });

  it('is never the same twice', async () => {
    const tickets = await Promise.all(Array.from({ length: 20 }, () => issueTicket(claims, desk)));
    expect(new Set(tickets).size).toBe(20);
    for (const ticket of tickets) expect(ticket).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });

  it.each(['', 'x', '*', '../meta', 'a'.repeat(4_096)])('is refused when nobody issued it: %j', async (ticket) => {
    await expect(redeemTicket(ticket, desk)).rejects.toMatchObject(refused);
  });

  it.each(['no json', '{}', 'null'])('is refused when what Redis has for it is %j', async (stored) => {
    const ticket = await issueTicket(claims, desk);
    const keys = await redis.keys(names.ticket('*'));
    await Promise.all(keys.map((key) => redis.set(key, stored)));
    await expect(redeemTicket(ticket, desk)).rejects.toMatchObject(refused);
  });

  it('is neither made nor refused while Redis is away: that is a 503', async () => {
    const ticket = await issueTicket(claims, desk);
    const gone = connectRedis('redis://127.0.0.1:1', 'producer', createLogger('test', 'silent'));
    await expect(issueTicket(claims, { ...desk, redis: gone })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(redeemTicket(ticket, { ...desk, redis: gone })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    gone.disconnect();
    expect(await redeemTicket(ticket, desk)).toEqual(claims);
  });
});
