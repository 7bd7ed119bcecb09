import { generateKey, parseKeyRing, UnknownKey } from '@storm/shared/node';
import type { Store } from '@storm/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { idOf } from '../../tests/support/opened.js';
import { aStore } from '../../tests/support/place.js';
import { ChannelKeys } from './channel-keys.js';
import { rewrapKeys } from './rewrap.js';

const [first, second] = [generateKey('m1'), generateKey('m2')];
const before = parseKeyRing(first);
const during = parseKeyRing(`${second},${first}`);
const after = parseKeyRing(second);
const channels = Array.from({ length: 5 }, (_, i) => idOf('c', `room${i}`));
let store: Store;
let leave: () => Promise<void>;
beforeAll(async () => ({ store, leave } = await aStore()));
afterAll(() => leave());

const keysUnder = (masterKeys: typeof before) => new ChannelKeys({ store, masterKeys, maxAgeMs: Infinity });
const read = (masterKeys: typeof before) =>
  Promise.all(channels.map((channelId) => keysUnder(masterKeys).forReading(channelId, 1)));

it('lets an old master key go: every data key stays what it was, under the new one', async () => {
  await keysUnder(before).forWriting(new Map(channels.map((channelId) => [channelId, { seq: 1 }])));
  const made = await read(before);
  expect(new Set(made.map((key) => key?.toString('hex'))).size).toBe(5);
  await expect(read(after)).rejects.toBeInstanceOf(UnknownKey);

  expect(await rewrapKeys(store, during)).toBe(5);
  expect(await read(after)).toEqual(made);
  expect(await rewrapKeys(store, during)).toBe(0);
});

it('leaves what it can not open as it is, and says so', async () => {
  const stranger = parseKeyRing(generateKey('m9'));
  const channelId = idOf('c', 'stranger');
  await keysUnder(stranger).forWriting(new Map([[channelId, { seq: 1 }]]));
  await expect(rewrapKeys(store, during, ['m9'])).rejects.toBeInstanceOf(UnknownKey);
  expect(await keysUnder(stranger).forReading(channelId, 1)).toHaveLength(32);
});
