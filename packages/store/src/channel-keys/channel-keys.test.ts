import { expect, it } from 'vitest';
import { useStore } from '../../tests/support/test-store.js';
import type { ChannelKey } from './index.js';

const { channelKeys } = useStore();
let count = 0;
const newChannel = () => `c${++count}`;

const key = (channelId: string, version = 1, masterKid = 'm1') => ({
  channelId,
  version,
  wrapped: Buffer.from(`key ${version} of ${channelId}`),
  masterKid,
  createdAt: new Date(1_000),
  startSeq: version,
  erasedAt: null,
});

it('gives back a key as it was, and the last one of each channel', async () => {
  const [a, b] = [newChannel(), newChannel()];
  for (const one of [key(a), key(a, 3), key(a, 2), key(b)]) expect(await channelKeys.insert(one)).toBe('inserted');
  expect(await channelKeys.get(a, 2)).toEqual(key(a, 2));
  expect(await channelKeys.latest([a, b, 'c-unknown'])).toEqual(
    new Map<string, ChannelKey>([
      [a, key(a, 3)],
      [b, key(b)],
    ]),
  );
  expect(await channelKeys.get(a, 4)).toBeNull();
});

it('keeps the first of two keys of one version', async () => {
  const channelId = newChannel();
  const keys = ['x', 'y', 'z'].map((text) => ({ ...key(channelId), wrapped: Buffer.from(text) }));
  const answers = await Promise.all(keys.map((one) => channelKeys.insert(one)));
  expect(answers.filter((answer) => answer === 'inserted')).toHaveLength(1);
  expect(await channelKeys.get(channelId, 1)).toEqual(keys[answers.indexOf('inserted')]);
});

it('destroys all keys of an erased channel, keeps that they were, and leaves its neighbours alone', async () => {
  const [erased, other] = [newChannel(), newChannel()];
  for (const one of [key(erased), key(erased, 2), key(other)]) await channelKeys.insert(one);
  await channelKeys.erase(erased, new Date(5));
  await channelKeys.erase(erased, new Date(6));
  expect(await channelKeys.get(erased, 1)).toEqual({ ...key(erased), wrapped: null, erasedAt: new Date(5) });
  expect((await channelKeys.latest([erased])).get(erased)).toEqual({ ...key(erased, 2), wrapped: null, erasedAt: new Date(5) });
  expect(await channelKeys.get(other, 1)).toEqual(key(other));
  expect(await channelKeys.insert(key(erased))).toBe('exists');
});

it('is asked for keys of a master key until all are wrapped anew', async () => {
  const channels = Array.from({ length: 7 }, newChannel);
  for (const channelId of channels) await channelKeys.insert(key(channelId, 1, 'old'));
  await channelKeys.erase(channels[0]!);
  for (;;) {
    const some = await channelKeys.byMaster('old', 3);
    if (some.length === 0) break;
    for (const { channelId, version } of some) {
      const wrapped = Buffer.from('anew');
      expect(await channelKeys.replaceWrapped({ channelId, version, fromKid: 'old', masterKid: 'new', wrapped })).toBe(true);
    }
  }
  expect(await channelKeys.byMaster('new', 100)).toHaveLength(6);
  expect((await channelKeys.get(channels[1]!, 1))?.wrapped).toEqual(Buffer.from('anew'));
});

it('does not put a key back that was replaced or erased meanwhile', async () => {
  const [replaced, erased] = [newChannel(), newChannel()];
  await channelKeys.insert(key(replaced, 1, 'm9'));
  await channelKeys.insert(key(erased));
  await channelKeys.erase(erased);
  for (const channelId of [replaced, erased]) {
    expect(
      await channelKeys.replaceWrapped({ channelId, version: 1, fromKid: 'm1', masterKid: 'm2', wrapped: Buffer.from('late') }),
    ).toBe(false);
  }
  expect((await channelKeys.get(erased, 1))?.wrapped).toBeNull();
});
