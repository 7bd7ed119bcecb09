import { describe, expect, it } from 'vitest';
import { LockLost, Stopping } from '../retry.js';
import { JobGuard } from './job-guard.js';

const long = 60_000;

it('lets steps pass and waits end while all is well', async () => {
  const guard = new JobGuard(long);
  guard.check();
  await guard.wait(1);
});

describe('with its lock lost', () => {
  it('stops the next step and the wait under way', async () => {
    const guard = new JobGuard(long);
    const waiting = guard.wait(long);
    guard.lose();
    await expect(waiting).rejects.toThrow(LockLost);
    await expect(guard.wait(long)).rejects.toThrow(LockLost);
    expect(() => guard.check()).toThrow(LockLost);
  });

  it('hears of it from the queue, before or after it was taken', () => {
    const cancelled = new AbortController();
    const before = new JobGuard(long, cancelled.signal);
    before.check();
    cancelled.abort();
    expect(() => before.check()).toThrow(LockLost);
    expect(() => new JobGuard(long, cancelled.signal).check()).toThrow(LockLost);
  });
});

describe('past its lock', () => {
  it('stops at the next step without being told, unless the lock was renewed', () => {
    let now = 0;
    const guard = new JobGuard(1_000, undefined, () => now);
    now = 999;
    guard.check();
    guard.renewed();
    now = 1_998;
    guard.check();
    now = 1_999;
    expect(() => guard.check()).toThrow(LockLost);
  });
});

describe('when the process stops', () => {
  it('ends waits, and lets steps that are under way go on', async () => {
    const guard = new JobGuard(long);
    const waiting = guard.wait(long);
    guard.stop();
    await expect(waiting).rejects.toThrow(Stopping);
    await expect(guard.wait(long)).rejects.toThrow(Stopping);
    guard.check();
  });

  it('says that the lock is lost rather than that it stops', async () => {
    const guard = new JobGuard(long);
    guard.stop();
    guard.lose();
    await expect(guard.wait(long)).rejects.toThrow(LockLost);
  });
});
