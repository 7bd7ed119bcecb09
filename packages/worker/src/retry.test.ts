import { StoreFailure, StoreUnavailable } from '@storm/store';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { LockLost, Stopping, isTransient, untilDone, type Guard } from './retry.js';

const coded = (code: string) => Object.assign(new Error('x'), { code });

it.each<[string, unknown]>([
  ['MongoDB away', new StoreUnavailable(undefined)],
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'NR_CLOSED'].map(
    (code): [string, unknown] => [code, coded(code)],
  ),
  ...[
    'LOADING Redis is loading the dataset in memory',
    "READONLY You can't write against a read only replica.",
    "OOM command not allowed when used memory > 'maxmemory'.",
    'CLUSTERDOWN The cluster is down',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'MASTERDOWN Link with MASTER is down',
    'NOREPLICAS Not enough good replicas to write.',
    'UNBLOCKED force unblock from blocking operation',
    'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist on disk.',
    'NOAUTH Authentication required.',
    'WRONGPASS invalid username-password pair',
    "NOPERM this user has no permissions to run the 'xadd' command",
    'BUSY Redis is busy running a script.',
    'NOSCRIPT No matching script. Please use EVAL.',
    'ERR max number of clients reached',
    'Connection is closed.',
    'Command timed out',
    "Stream isn't writeable and enableOfflineQueue options is false",
    'Reached the max retries per request limit (which is 1).',
  ].map((message): [string, unknown] => [message, new Error(message)]),
])('tries again: %s', (_, error) => expect(isTransient(error)).toBe(true));

it.each<[string, unknown]>([
  ['a refusal of MongoDB', new StoreFailure(2, 'BadValue (2)')],
  ['a wrong type in Redis', new Error('WRONGTYPE Operation against a key holding the wrong kind of value')],
  ['a bug', new TypeError('x is not a function')],
  ['a text that only names such an error', new Error('the word LOADING stands here')],
  ['the lock lost', new LockLost()],
  ['a stop', new Stopping()],
  ['what is no error', 'ECONNREFUSED'],
  ['nothing', undefined],
])('does not: %s', (_, error) => expect(isTransient(error)).toBe(false));

it('knows what ioredis throws when nothing listens', async () => {
  const redis = new Redis(1, '127.0.0.1', { maxRetriesPerRequest: 0, retryStrategy: () => null });
  const seen: unknown[] = [];
  redis.on('error', (error) => seen.push(error));
  seen.push(await redis.ping().catch((error: unknown) => error));
  seen.push(await redis.ping().catch((error: unknown) => error));
  expect(seen.length).toBeGreaterThan(2);
  for (const error of seen) expect(isTransient(error)).toBe(true);
});

describe('a step that must be done', () => {
  const waits: number[] = [];
  const guard: Guard = { check: () => undefined, wait: (ms) => (waits.push(ms), Promise.resolve()) };

  it('is tried until it is, further and further apart, up to 30 s', async () => {
    const away = new StoreUnavailable(undefined);
    const attempts: number[] = [];
    const met: unknown[] = [];
    const attempt = (n: number) => (attempts.push(n), n < 12 ? Promise.reject(away) : Promise.resolve('done'));
    expect(await untilDone(guard, attempt, (error) => met.push(error))).toBe('done');
    expect(attempts).toEqual(Array.from({ length: 13 }, (_, i) => i));
    expect(met).toEqual(Array(12).fill(away));
    waits.forEach((ms, n) => {
      const most = Math.min(30_000, 100 * 2 ** n);
      expect(ms).toBeGreaterThanOrEqual(most / 2);
      expect(ms).toBeLessThanOrEqual(most);
    });
  });

  it('is given up at once for what trying again does not mend, and when the guard says so', async () => {
    await expect(
      untilDone(
        guard,
        () => Promise.reject(new TypeError('bug')),
        () => undefined,
      ),
    ).rejects.toThrow('bug');
    const stopping: Guard = { check: () => undefined, wait: () => Promise.reject(new Stopping()) };
    await expect(
      untilDone(
        stopping,
        () => Promise.reject(new StoreUnavailable(undefined)),
        () => undefined,
      ),
    ).rejects.toThrow(Stopping);
  });
});
