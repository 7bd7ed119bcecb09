import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, startProxy, testRedisUrl } from '@storm/devstack/testing';
import { aChange, channelIn, createAskingSide, type AskingSide } from '../../../tests/support/asking-side.js';
import { RedisNames } from '../../contracts/index.js';
import { jobIdOf, Vitals } from './vitals.js';

let side: AskingSide;
let vitals: Vitals;
const now = 1_700_000_000_000;

beforeEach(async () => {
  side = await createAskingSide({ shards: 3 });
  vitals = new Vitals({ redis: side.redis, names: side.names, now: () => now });
  await side.start();
});
afterEach(() => side.stop());

const waitKey = (shard: number, lane = 'changes') => `${side.names.shardPrefix(shard)}:${lane}:wait`;

describe('a reading', () => {
  it('of a Redis where no worker has been says so', async () => {
    await vitals.refresh();
    expect(vitals.reading).toEqual({
      epoch: undefined,
      shards: undefined,
      workerAlive: false,
      queues: { changes: { depth: 0, ageMs: 0 }, dms: { depth: 0, ageMs: 0 } },
      questions: 0,
      memory: expect.any(Number) as number,
    });
  });

  it('has what workers announced', async () => {
    await side.direct.hset(side.names.meta, { epoch: 'e1', shards: 3 });
    await side.direct.set(side.names.workerAlive, '1', 'PX', 60_000);
    await vitals.refresh();
    expect(vitals.reading).toMatchObject({ epoch: 'e1', shards: 3, workerAlive: true });
    await side.direct.del(side.names.workerAlive);
    await vitals.refresh();
    expect(vitals.reading?.workerAlive).toBe(false);
  });

  it('has the depth of the longest queue and the age of the oldest job, of whichever shard', async () => {
    const job = (age: number) => jobIdOf(now - age, 'x');
    await side.direct.lpush(waitKey(0), job(100), job(50), job(10));
    await side.direct.lpush(waitKey(2), job(7_000));
    await side.direct.lpush(waitKey(1, 'dms'), job(500));
    await vitals.refresh();
    expect(vitals.reading).toMatchObject({ queues: { changes: { depth: 3, ageMs: 7_000 }, dms: { depth: 1, ageMs: 500 } } });
  });

  it('takes a job that names no time, or one to come, for new', async () => {
    await side.direct.lpush(waitKey(0), 'not-one-of-ours');
    await side.direct.lpush(waitKey(1), jobIdOf(now + 5_000, 'x'));
    await vitals.refresh();
    expect(vitals.reading).toMatchObject({ queues: { changes: { depth: 1, ageMs: 0 } } });
  });

  it('sees jobs of intake as they are: how many, how old, and in which queue', async () => {
    const aMinuteAgo = side.intake({ now: () => now - 60_000 });
    await aMinuteAgo.submit(aChange(channelIn(1, side.names), 'old'));
    const today = side.intake({ now: () => now, pressure: { refuseAgeMs: Infinity } }); // the clocks of this test are years apart
    await today.submit(aChange(channelIn(1, side.names), 'new'));
    await vitals.refresh();
    expect(vitals.reading).toMatchObject({ queues: { changes: { depth: 2, ageMs: 60_000 } }, questions: 0 });
  });

  it('counts jobs of questions', async () => {
    await side.direct.lpush(`${side.names.queryPrefix}:questions:wait`, 'a', 'b');
    await vitals.refresh();
    expect(vitals.reading?.questions).toBe(2);
  });

  it('is gone while Redis does not answer, and comes back by itself', async () => {
    const { hostname: host, port } = new URL(testRedisUrl());
    const proxy = await startProxy({ target: { host, port: Number(port) } });
    const far = await createAskingSide({ url: `redis://127.0.0.1:${proxy.port}` });
    try {
      await far.start();
      expect(far.vitals.reading).toBeDefined();
      proxy.stall();
      await eventually(() => far.vitals.reading === undefined);
      expect(() => far.vitals.check()).toThrow('Redis does not answer');
      proxy.resume();
      await eventually(() => far.vitals.reading);
    } finally {
      await far.stop();
      await proxy.stop();
    }
  });

  it('is taken no more after a stop', async () => {
    await vitals.start();
    vitals.stop();
    await side.direct.set(side.names.workerAlive, '1', 'PX', 60_000);
    // The other one goes on: when it has seen the change, a running one would have, too.
    await eventually(() => side.vitals.reading?.workerAlive);
    expect(vitals.reading?.workerAlive).toBe(false);
  });
});

describe('the check', () => {
  it('passes for the deployment that this process is configured for', async () => {
    await side.direct.hset(side.names.meta, { epoch: 'e1', shards: 3 });
    await vitals.refresh();
    expect(() => vitals.check()).not.toThrow();
  });

  it('fails before Redis was asked, and before a worker has announced the database', async () => {
    expect(() => vitals.check()).toThrow('Redis does not answer');
    await vitals.refresh();
    expect(() => vitals.check()).toThrow('no worker has announced the database yet');
  });

  it('fails for another count of shards, and says both', async () => {
    await side.direct.hset(side.names.meta, { epoch: 'e1', shards: 16 });
    const other = new Vitals({ redis: side.redis, names: new RedisNames(side.names.namespace, 3) });
    await other.refresh();
    expect(() => other.check()).toThrow('QUEUE_SHARDS is 3, the database has 16');
  });
});
