import { beforeEach, describe, expect, it } from 'vitest';
import { useStore } from '../../tests/support/test-store.js';

const store = useStore();
const { secondFactors: factors } = store;
const at = new Date(1_000);
let userId: string;
let count = 0;

beforeEach(() => {
  userId = `u${count++}`;
});

const begin = (secret: string) => factors.begin({ userId, secret, kid: 'k1', at });
const confirm = (secret: string, step = 10) => factors.confirm({ userId, secret, step, recoveryCodes: ['a', 'b'], at });

describe('enrolling', () => {
  it('replaces what was not confirmed, and nothing else', async () => {
    expect(await begin('one')).toBe(true);
    expect(await begin('two')).toBe(true);
    expect(await confirm('one')).toBe(false);
    expect(await confirm('two')).toBe(true);
    expect(await begin('three')).toBe(false);
    expect(await factors.byId(userId)).toEqual({
      _id: userId,
      secret: 'two',
      kid: 'k1',
      createdAt: at,
      confirmedAt: at,
      lastStep: 10,
      recoveryCodes: [
        { mac: 'a', usedAt: null },
        { mac: 'b', usedAt: null },
      ],
    });
  });

  it('is confirmed once, however many ask at once', async () => {
    await begin('one');
    const answers = await Promise.all([1, 2, 3].map((step) => confirm('one', step)));
    expect(answers.filter(Boolean)).toHaveLength(1);
  });
});

describe('codes', () => {
  it('of one step are good once, and those before it no more', async () => {
    await begin('one');
    expect(await factors.takeStep(userId, 20)).toBe(false); // not confirmed
    await confirm('one', 10);
    expect(await factors.takeStep(userId, 10)).toBe(false);
    const answers = await Promise.all([1, 2, 3].map(() => factors.takeStep(userId, 12)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await factors.takeStep(userId, 11)).toBe(false);
    expect(await factors.takeStep(userId, 13)).toBe(true);
  });

  it('for recovery are good once each', async () => {
    await begin('one');
    await confirm('one');
    const answers = await Promise.all([1, 2, 3].map(() => factors.takeRecoveryCode(userId, 'b', at)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await factors.takeRecoveryCode(userId, 'c', at)).toBe(false);
    expect((await factors.byId(userId))?.recoveryCodes).toEqual([
      { mac: 'a', usedAt: null },
      { mac: 'b', usedAt: at },
    ]);
    expect(await factors.replaceRecoveryCodes(userId, ['c'])).toBe(true);
    expect(await factors.takeRecoveryCode(userId, 'a', at)).toBe(false);
    expect(await factors.takeRecoveryCode(userId, 'c', at)).toBe(true);
  });
});

it('is gone when it is removed', async () => {
  await begin('one');
  await confirm('one');
  expect(await factors.remove(userId)).toBe(true);
  expect(await factors.remove(userId)).toBe(false);
  expect(await factors.byId(userId)).toBeNull();
  expect(await factors.replaceRecoveryCodes(userId, ['c'])).toBe(false);
});

it('is sealed anew unless another took its place', async () => {
  await begin('one');
  const kid = `old${userId}`;
  expect(await factors.reseal({ userId, fromSecret: 'one', secret: 'sealed', kid })).toBe(true);
  expect(await factors.reseal({ userId, fromSecret: 'one', secret: 'other', kid })).toBe(false);
  expect(await factors.underKey(kid, 10)).toMatchObject([{ _id: userId, secret: 'sealed' }]);
});
