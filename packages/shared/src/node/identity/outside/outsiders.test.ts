import { Writable } from 'node:stream';
import { testRedisUrl, uniqueNamespace } from '@storm/devstack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newUserId, RedisNames, type OutsideAccount } from '../../../contracts/index.js';
import { AccessClaims } from '../../../protocol/index.js';
import { generateKey, parseKeyRing } from '../../crypto/index.js';
import { StormError, unavailable } from '../../errors/storm-error.js';
import { createLogger } from '../../log/logger.js';
import { connectRedis, redisReady, type Redis } from '../../redis/connect.js';
import { Revocations } from '../revocations.js';
import { Outsiders } from './outsiders.js';
import type { IdentitySource, Vouched } from './vouched.js';

const intakeSecrets = parseKeyRing(generateKey('i1'));
const names = new RedisNames(uniqueNamespace(), 1);
let redis: Redis;
let revocations: Revocations;
beforeAll(async () => {
  redis = connectRedis(testRedisUrl(), 'producer', createLogger('test', 'silent'));
  await redisReady(redis);
  revocations = new Revocations({ redis, names });
  await revocations.loading(() => Promise.resolve(), 'test');
});
afterAll(async () => {
  const keys = await redis.keys(`${names.namespace}:*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
});

const vouched = (subject: string, signIn = 'first'): Vouched => ({
  user: { issuer: 'i', subject, profile: {} },
  exp: 2_000_000_000,
  signIn,
});

/** Outsiders whose source knows what `known` says, by bearer token, and fails for all others. */
function house(known: Record<string, Vouched | 'nobody'>, accounts: Map<string, OutsideAccount>) {
  const lines: string[] = [];
  const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => (lines.push(chunk.toString()), done()) });
  const asked: string[] = [];
  const source: IdentitySource = {
    takes: () => true,
    identify: (credential) => {
      const answer = 'bearer' in credential ? known[credential.bearer] : undefined;
      if (answer === 'nobody') return Promise.reject(new StormError('UNAUTHORIZED'));
      return answer ? Promise.resolve(answer) : Promise.reject(unavailable('it is away'));
    },
  };
  const accountOf = ({ subject }: Vouched['user']) => {
    asked.push(subject);
    return Promise.resolve(accounts.get(subject));
  };
  const outsiders = new Outsiders({ source, cookies: ['sid'], accountOf, revocations, log: createLogger('test', 'info', sink) });
  const enter = (bearer: string) => outsiders.recognise({ bearer }, '203.0.113.1');
  return { enter, asked, lines };
}

const account = (given: Partial<OutsideAccount> = {}): OutsideAccount => ({
  userId: newUserId(),
  role: 'member',
  ver: 0,
  ...given,
});

it('are told apart by their sign-ins, and look like bearers of our tokens otherwise', async () => {
  const anna = account({ role: 'moderator', ver: 3 });
  const { enter, asked } = house({ a: vouched('anna'), b: vouched('anna', 'second') }, new Map([['anna', anna]]));
  const [one, two] = [await enter('a'), await enter('b')];
  expect(AccessClaims.parse(one)).toEqual(one);
  expect(one).toMatchObject({ sub: anna.userId, role: 'moderator', ver: 3, exp: 2_000_000_000, outside: true });
  expect(two).toEqual({ ...one, sid: two.sid });
  expect(two.sid).not.toBe(one.sid);
  expect(asked).toEqual(['anna']);
});

it('are looked up again once their access changed, and when Redis can not say', async () => {
  const anna = account();
  const accounts = new Map([['anna', anna]]);
  const { enter, asked } = house({ a: vouched('anna') }, accounts);
  await enter('a');
  accounts.set('anna', { ...anna, role: 'admin', ver: 1 });
  expect((await enter('a')).role).toBe('member'); // nothing was said of it yet
  await revocations.note([{ kind: 'access-changed', userId: anna.userId, ver: 1, isActive: true }], {
    ttlMs: 60_000,
    intakeSecrets,
  });
  expect((await enter('a')).role).toBe('admin');
  accounts.delete('anna');
  await redis.del(names.revocationsLoaded);
  await expect(enter('a')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  await revocations.loading(() => Promise.resolve(), 'test');
  expect(asked).toEqual(['anna', 'anna', 'anna']);
});

it('are not refused because a session of theirs ended: they have none', async () => {
  const anna = account();
  const { enter } = house({ a: vouched('anna') }, new Map([['anna', anna]]));
  const { sid } = await enter('a');
  await revocations.note([{ kind: 'session-ended', userId: anna.userId, sid }], { ttlMs: 60_000, intakeSecrets });
  expect(await revocations.check({ sub: anna.userId, sid, ver: 0, outside: true })).toBe('holds');
  expect(await revocations.check({ sub: anna.userId, sid, ver: 0 })).toBe('session');
});

it('tell the operator when their service fails, not of each refusal, not of each failure, and nothing that is secret', async () => {
  const { enter, lines } = house({ a: 'nobody' }, new Map());
  await expect(enter('a')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  expect(lines).toEqual([]);
  for (let i = 0; i < 5; i++) await expect(enter('secret')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('the identity service can not be asked');
  expect(lines[0]).not.toContain('secret');
});
