import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, expect, it, vi } from 'vitest';
import { pingMongo } from '../mongo/ping.js';
import { silent } from '../process/say.js';
import { temporaryDirectory } from '../process/temporary-directory.js';
import { testMongoUrl, testRedisUrl } from '../testing/env.js';
import { runTests } from './run-tests.js';
import { startTestServices } from './test-services.js';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

it('runs the tests that were asked for', async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const report = join(directory.path, 'report.json');
  const reporting = ['--reporter=json', `--outputFile=${report}`];
  expect(await runTests(['devstack', 'test-run/arguments.test.ts', ...reporting])).toBe(0);
  expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ success: true, numPassedTests: 2, numTotalTestSuites: 1 });
});

it('uses the services that the environment names and leaves them running', async () => {
  const services = await startTestServices(silent);
  expect(services.env).toEqual({ STORM_TEST_REDIS_URL: testRedisUrl(), STORM_TEST_MONGO_URL: testMongoUrl() });
  await services.stop();
  expect(await pingMongo(testMongoUrl())).toBe(true);
});

it('starts its own otherwise, and takes them and their data away', async () => {
  const services = await startTestServices(silent, {});
  const { STORM_TEST_REDIS_URL: redisUrl, STORM_TEST_MONGO_URL: mongoUrl } = services.env;
  const client = new Redis(redisUrl);
  const data = dirname((await client.config('GET', 'dir'))[1] ?? '');
  client.disconnect();
  expect(existsSync(data)).toBe(true);
  expect(await pingMongo(mongoUrl)).toBe(true);
  await services.stop();
  expect(existsSync(data)).toBe(false);
  expect(await pingMongo(mongoUrl)).toBe(false);
});
