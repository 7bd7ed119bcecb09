import { KeyRing, newDataKey } from '@storm/shared/node';
import type { Store } from '@storm/store';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { idOf } from '../../tests/support/opened.js';
import { aRing, aStore } from '../../tests/support/place.js';
import { untilDone } from '../retry.js';
import { ChannelKeys } from './channel-keys.js';

const masterKeys = aRing('m1');
const day = 86_400_000;
let store: Store;
let leave: () => Promise<void>;
let channelId: string;
let now = Date.UTC(2030, 0, 1);
let turn = 0;

beforeAll(async () => ({ store, leave } = await aStore()));
afterAll(() => leave());
beforeEach(() => void (channelId = idOf('c', `room${++turn}`)));

const patient = { check: vi.fn(), wait: (ms: number) => wait(ms) };
/** A worker of its own. */
const keysOf = (ring = masterKeys) => new ChannelKeys({ store, masterKeys: ring, maxAgeMs: 90 * day, now: () => now });
const write = async (keys: ChannelKeys, seq = 1) => {
  const wanted = new Map([[channelId, { seq }]]);
  // A database may refuse one of several that write the same at once; a worker tries again, and so does this.
  const key = (await untilDone(patient, () => keys.forWriting(wanted), vi.fn())).get(channelId);
  if (!key) throw new Error('no key');
  return key;
};
const versions = async () =>
  (await store.models.channelKeys.find({ channelId }).sort({ version: 1 })).map(({ version }) => version);

it('keeps so many keys, those that were used last', async () => {
  const latest = vi.fn((ids: readonly string[]) => store.channelKeys.latest(ids));
  const channelKeys = { ...store.channelKeys, latest };
  const keys = new ChannelKeys({ store: { ...store, channelKeys }, masterKeys, maxAgeMs: 90 * day, capacity: 10 });
  const wanted = (from: number, to: number) =>
    new Map(Array.from({ length: to - from }, (_, i) => [idOf('c', `many${from + i}`), { seq: 1 }]));
  await keys.forWriting(wanted(0, 100));
  latest.mockClear();
  await keys.forWriting(wanted(90, 100));
  expect(latest).not.toHaveBeenCalled();
  await keys.forWriting(wanted(0, 10));
  expect(latest).toHaveBeenCalledOnce();
});

describe('a data key', () => {
  it('is made at the first row, wrapped where it is stored, and the same from then on', async () => {
    const keys = keysOf();
    const first = await write(keys);
    expect(first).toMatchObject({ version: 1, startSeq: 1 });
    expect(first.key).toHaveLength(32);
    expect(await write(keys, 2)).toEqual(first);
    expect(await write(keysOf(), 2)).toEqual(first);
    expect(await keysOf().forReading(channelId, 1)).toEqual(first.key);
    const stored = await store.channelKeys.get(channelId, 1);
    expect(stored?.masterKid).toBe('m1');
    expect(stored?.wrapped?.includes(first.key)).toBe(false);
  });

  it('is one, whoever makes it first', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => write(keysOf())));
    expect(new Set(made.map(({ key }) => key.toString('hex'))).size).toBe(1);
    expect(await versions()).toEqual([1]);
  });

  it('is each channel’s own', async () => {
    const other = idOf('c', `other${turn}`);
    const keys = await keysOf().forWriting(new Map([channelId, other].map((id) => [id, { seq: 1 }])));
    expect(keys.get(channelId)?.key).not.toEqual(keys.get(other)?.key);
  });
});

describe('is renewed', () => {
  it('by age, in the worker that knows it and in one that does not, and old rows stay readable', async () => {
    const [keys, others] = [keysOf(), keysOf()];
    const first = await write(keys);
    await write(others);
    now += 90 * day - 1;
    expect((await write(keys)).version).toBe(1);
    now += 1;
    const second = await write(keys, 7);
    expect(second).toMatchObject({ version: 2, startSeq: 7 });
    expect(second.key).not.toEqual(first.key);
    expect(await write(others, 8)).toEqual(second);
    expect(await write(keysOf(), 8)).toEqual(second);
    expect(await keysOf().forReading(channelId, 1)).toEqual(first.key);
    expect(await versions()).toEqual([1, 2]);
  });

  it('by the number of rows under it', async () => {
    const keys = keysOf();
    await write(keys, 5);
    expect((await write(keys, 5 + 2 ** 28 - 1)).version).toBe(1);
    expect(await write(keys, 5 + 2 ** 28)).toMatchObject({ version: 2, startSeq: 5 + 2 ** 28 });
  });

  it('by two at once, to one', async () => {
    const workers = [keysOf(), keysOf(), keysOf()];
    await Promise.all(workers.map((keys) => write(keys)));
    now += 90 * day;
    const renewed = await Promise.all(workers.map((keys) => write(keys, 9)));
    expect(new Set(renewed.map(({ key }) => key.toString('hex'))).size).toBe(1);
    expect(await versions()).toEqual([1, 2]);
  });

  it('to the last one, by a worker that slept through several', async () => {
    const sleeper = keysOf();
    await write(sleeper);
    for (let i = 0; i < 3; i++) {
      now += 90 * day;
      await write(keysOf(), i + 2);
    }
    expect((await write(sleeper, 9)).version).toBe(4);
    expect(await versions()).toEqual([1, 2, 3, 4]);
  });

  it('and one that was only read never writes again', async () => {
    await write(keysOf());
    now += 90 * day;
    await write(keysOf());
    now += 1;
    const reader = new ChannelKeys({ store, masterKeys, maxAgeMs: 1_000 * day, now: () => now });
    await reader.forReading(channelId, 1);
    expect((await write(reader, 9)).version).toBe(2);
  });
});

describe('erased', () => {
  it('is gone for those who read it from the database and those who forget, and none is made in its place', async () => {
    const keys = keysOf();
    await write(keys);
    now += 90 * day;
    await write(keys);
    await store.channelKeys.erase(channelId);
    expect(await keysOf().forReading(channelId, 1)).toBeUndefined();
    expect(await keys.forReading(channelId, 1)).toBeDefined();
    keys.forget(channelId);
    for (const version of [1, 2]) expect(await keys.forReading(channelId, version)).toBeUndefined();
    for (const worker of [keys, keysOf()]) await expect(write(worker, 9)).rejects.toThrow('gone');
    expect(await versions()).toEqual([1, 2]);
  });

  it('takes no other channel’s with it', async () => {
    const keys = keysOf();
    const other = idOf('c', `other${turn}`);
    const made = await keys.forWriting(new Map([channelId, other].map((id) => [id, { seq: 1 }])));
    keys.forget(channelId);
    await store.channelKeys.erase(other);
    expect(await keys.forReading(other, 1)).toEqual(made.get(other)?.key);
  });
});

describe('the master keys', () => {
  const [old, young] = ['old', 'young'].map((kid) => ({ kid, key: newDataKey() })) as [KeyRing['current'], KeyRing['current']];

  it('rotate: what is wrapped under the old one opens, what is new goes under the new one', async () => {
    const before = await write(keysOf(new KeyRing([old])));
    const rotated = keysOf(new KeyRing([young, old]));
    expect(await rotated.forReading(channelId, 1)).toEqual(before.key);
    now += 90 * day;
    await write(rotated);
    expect((await store.channelKeys.get(channelId, 2))?.masterKid).toBe('young');
  });

  it('that are not there are named', async () => {
    await write(keysOf(new KeyRing([old])));
    await expect(keysOf(new KeyRing([young])).forReading(channelId, 1)).rejects.toThrow(/master key.*old/);
  });
});
