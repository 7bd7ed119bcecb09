import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, startRedis, testRedisUrl, uniqueNamespace } from '@storm/devstack';
import { newSessionId, newUserId, RedisNames, type AccessEvent, type ControlEvent } from '../../contracts/index.js';
import { generateKey, parseKeyRing } from '../crypto/index.js';
import { createLogger } from '../log/logger.js';
import { connectRedis, redisReady, type Redis } from '../redis/connect.js';
import { openControl } from './control.js';
import { Revocations, type Bearer } from './revocations.js';

const log = createLogger('test', 'silent');
const names = new RedisNames(uniqueNamespace(), 1);
const intakeSecrets = parseKeyRing(generateKey('i1'));
const noting = { ttlMs: 60_000, intakeSecrets };
const nothing = () => Promise.resolve();

let redis: Redis;
let revocations: Revocations;

const forget = async () => {
  const keys = await redis.keys(`${names.namespace}:*`);
  if (keys.length > 0) await redis.del(...keys);
};

beforeAll(async () => {
  redis = connectRedis(testRedisUrl(), 'producer', log);
  await redisReady(redis);
  revocations = new Revocations({ redis, names });
});
beforeEach(() => revocations.loading(nothing, 'n'));
afterEach(forget);
afterAll(() => redis.disconnect());

const aBearer = (given: Partial<Bearer> = {}): Bearer => ({ sub: newUserId(), sid: newSessionId(), ver: 0, ...given });
const ended = ({ sub: userId, sid }: Bearer): AccessEvent => ({ kind: 'session-ended', userId, sid });
const changed = ({ sub: userId }: Bearer, ver: number): AccessEvent => ({ kind: 'access-changed', userId, ver, isActive: true });

describe('a token', () => {
  it('holds unless something is noted of its session or user', async () => {
    const [bearer, other] = [aBearer(), aBearer()];
    await revocations.note([ended(other), changed(other, 9)], noting);
    expect(await revocations.check(bearer)).toBe('holds');
  });

  it('holds no more when its session has ended; those of the other sessions do', async () => {
    const bearer = aBearer();
    await revocations.note([ended(bearer)], noting);
    expect(await revocations.check(bearer)).toBe('session');
    expect(await revocations.check({ ...bearer, sid: newSessionId() })).toBe('holds');
  });

  it('holds no more when it is older than the latest change of access that anybody noted, in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { minLength: 1, maxLength: 8 }), fc.nat(55), async (versions, ver) => {
        const bearer = aBearer({ ver });
        for (const version of versions) await revocations.note([changed(bearer, version)], noting);
        expect(await revocations.check(bearer)).toBe(ver < Math.max(...versions) ? 'outdated' : 'holds');
      }),
      { numRuns: 40 },
    );
  });

  it('is told of for as long as older ones may be about, and no longer', async () => {
    const bearer = aBearer();
    await revocations.note([ended(bearer), changed(bearer, 1)], noting);
    for (const key of [names.revokedSession(bearer.sid), names.accessVersion(bearer.sub)]) {
      expect(await redis.pttl(key)).toBeGreaterThan(noting.ttlMs - 10_000);
      expect(await redis.pttl(key)).toBeLessThanOrEqual(noting.ttlMs);
    }
  });
});

describe('what is noted', () => {
  it('is told to the gateways of its user, with a MAC, once however often and by however many', async () => {
    const bearer = aBearer();
    const listener = redis.duplicate({ enableOfflineQueue: true });
    const told: ControlEvent[] = [];
    listener.on('messageBuffer', (_channel, message) => told.push(openControl(message, bearer.sub, intakeSecrets)));
    await listener.subscribe(names.user(bearer.sub));
    const events = [ended(bearer), changed(bearer, 2)];
    await Promise.all(Array.from({ length: 10 }, () => revocations.note(events, noting)));
    await revocations.note([changed(bearer, 1)], noting);
    await revocations.note([changed(bearer, 3)], noting);
    await listener.unsubscribe();
    listener.disconnect();
    expect(told).toEqual([...events, changed(bearer, 3)]);
  });
});

describe('Redis is believed', () => {
  it('not before everything was brought to it', async () => {
    await forget();
    const [bearer, gone] = [aBearer(), aBearer()];
    expect([await revocations.isLoaded(), await revocations.check(bearer)]).toEqual([false, 'unknown']);
    await revocations.loading(async () => {
      expect([await revocations.isLoaded(), await revocations.check(bearer)]).toEqual([false, 'unknown']);
      await revocations.note([ended(gone)], noting);
      expect(await revocations.check(gone)).toBe('session'); // what it has counts at once
    }, 'a');
    expect([await revocations.isLoaded(), await revocations.check(bearer)]).toEqual([true, 'holds']);
    expect(await revocations.check(gone)).toBe('session');
  });

  it('not when its data were lost while everything was brought', async () => {
    await forget();
    await revocations.loading(forget, 'a');
    expect([await revocations.isLoaded(), await revocations.check(aBearer())]).toEqual([false, 'unknown']);
  });

  it('not by the word of one who began before another', async () => {
    await forget();
    await revocations.loading(async () => {
      await forget();
      await redis.set(names.revocationsLoaded, 'loading b'); // somebody else, from the beginning
    }, 'a');
    expect(await revocations.isLoaded()).toBe(false);
  });

  it('not when bringing it failed, which is told as it is', async () => {
    await forget();
    const failing = () => Promise.reject(new Error('no database'));
    await expect(revocations.loading(failing, 'a')).rejects.toThrow('no database');
    expect(await revocations.isLoaded()).toBe(false);
  });

  it('not in its next life, though it has everything: the last second may be missing', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'storm-'));
    let server = await startRedis({ dir, config: { appendfsync: 'always' } });
    const own = connectRedis(server.url, 'producer', log);
    try {
      await redisReady(own);
      const there = new Revocations({ redis: own, names });
      const [bearer, gone] = [aBearer(), aBearer()];
      await there.loading(() => there.note([ended(gone)], noting), 'a');
      expect(await there.check(bearer)).toBe('holds');
      await server.crash();
      server = await startRedis({ dir, port: server.port });
      await eventually(async () => (await there.check(gone)) === 'session'); // it has everything
      expect([await there.isLoaded(), await there.check(bearer)]).toEqual([false, 'unknown']);
      await there.loading(nothing, 'b');
      expect(await there.check(bearer)).toBe('holds');
    } finally {
      own.disconnect();
      await server.stop();
      rmSync(dir, { recursive: true });
    }
  });
});

it('says UNAVAILABLE while Redis is away, whatever it is asked', async () => {
  const gone = connectRedis('redis://127.0.0.1:1', 'producer', log);
  const away = new Revocations({ redis: gone, names });
  const bearer = aBearer();
  const asked = [
    away.check(bearer),
    away.note([ended(bearer)], noting),
    away.isLoaded(),
    away.loading(() => expect.fail('nothing can be brought there'), 'a'),
  ];
  for (const outcome of await Promise.allSettled(asked)) expect(outcome).toMatchObject({ reason: { code: 'UNAVAILABLE' } });
  gone.disconnect();
});
