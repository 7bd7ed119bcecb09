import { afterEach, expect, it, vi } from 'vitest';
import { testMongoUrl, testRedisUrl } from './env.js';
import { eventually } from './eventually.js';
import { scaled, testScale } from './scale.js';
import { uniqueDatabase, uniqueNamespace } from './unique.js';

afterEach(() => vi.unstubAllEnvs());

it('names the variable that is missing and what sets it', () => {
  vi.stubEnv('STORM_TEST_REDIS_URL', undefined);
  vi.stubEnv('STORM_TEST_MONGO_URL', 'mongodb://127.0.0.1:1/');
  expect(() => testRedisUrl()).toThrow(/STORM_TEST_REDIS_URL is not set.*npm test/);
  expect(testMongoUrl()).toBe('mongodb://127.0.0.1:1/');
});

it('gives names that nobody else has and that MongoDB and Redis take', () => {
  const names = new Set(Array.from({ length: 1_000 }, uniqueNamespace));
  expect(names.size).toBe(1_000);
  for (const name of names) expect(name).toMatch(/^t[a-z0-9]{8}$/);
  expect(uniqueDatabase()).toMatch(/^storm_t[a-z0-9]{8}$/);
});

it('scales counts down, but not below what the test needs', () => {
  expect(testScale({})).toBe(0.1);
  expect(() => testScale({ STORM_TEST_SCALE: '0' })).toThrow('STORM_TEST_SCALE is 0');
  vi.stubEnv('STORM_TEST_SCALE', '0.25');
  expect(scaled(1_000)).toBe(250);
  expect(scaled(20, 8)).toBe(8);
  expect(scaled(3, 8)).toBe(3);
});

it('fails with what was still wrong when the time is up', async () => {
  const check = () => {
    expect(1 + 1).toBe(3);
    return true;
  };
  await expect(eventually(check, { timeoutMs: 20 })).rejects.toThrow('expected 2 to be 3');
  await expect(eventually(() => false, { timeoutMs: 20 })).rejects.toThrow('waited 20 ms in vain');
});
