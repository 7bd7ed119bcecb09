import { randomUUID } from 'node:crypto';
import { KeyRing, newDataKey } from '@storm/shared/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config, Worker } from '../src/index.js';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
let worker: Worker;
beforeEach(async () => void (rig = await createRig({ shards: 1 })));
afterEach(() => rig.stop());

/** Ends the worker there is, and starts one that has nothing in memory. */
async function anotherWorker(env: Partial<Config> = {}): Promise<void> {
  await worker.stop();
  worker = await rig.startWorker({}, env);
}
const texts = async (channelId: string, userId: string) =>
  (await rig.asker.ask({ kind: 'page', userId, channelId, limit: 50 })).messages.map(({ text }) => text);
const versions = async (channelId: string) =>
  (await rig.store.timeline.rowsAbove(channelId, 0, 50)).map(({ keyVersion }) => keyVersion);
const master = async (channelId: string, version: number) => (await rig.store.channelKeys.get(channelId, version))?.masterKid;

describe('a data key that is too old', () => {
  it('is followed by another, and what it closed stays readable and comparable', async () => {
    worker = await rig.startWorker();
    const ann = await rig.user();
    const room = await rig.channel(ann);
    const changeId = randomUUID();
    const first = await rig.say(room, ann, 'under the first', { changeId });
    await rig.store.models.channelKeys.updateOne({ channelId: room }, { createdAt: new Date(Date.now() - 90 * 86_400_000) });
    await anotherWorker();
    await rig.say(room, ann, 'under the second');
    await rig.say(room, ann, 'under the second, too');
    expect(await versions(room)).toEqual([1, 1, 2, 2]);
    expect(await texts(room, ann)).toEqual(['under the first', 'under the second', 'under the second, too']);
    expect(await rig.say(room, ann, 'under the first', { changeId })).toMatchObject({ status: 'duplicate', id: first.id });
    expect(await rig.say(room, ann, 'something else', { changeId })).toMatchObject({ status: 'conflict' });
  });

  it('may be so with every job', async () => {
    worker = await rig.startWorker({}, { DATA_KEY_DAYS: 0 });
    const ann = await rig.user();
    const room = await rig.channel(ann);
    for (const text of ['a', 'b', 'c']) await rig.say(room, ann, text);
    expect(await versions(room)).toEqual([1, 2, 3, 4]);
    expect(await texts(room, ann)).toEqual(['a', 'b', 'c']);
    await anotherWorker();
    expect(await texts(room, ann)).toEqual(['a', 'b', 'c']);
  });
});

describe('master keys', () => {
  const [m1, m2] = ['m1', 'm2'].map((kid) => ({ kid, key: newDataKey() })) as [KeyRing['current'], KeyRing['current']];

  it('rotate: old rows stay readable, new channels go under the new one', async () => {
    worker = await rig.startWorker({}, { MASTER_KEYS: new KeyRing([m1]) });
    const ann = await rig.user();
    const old = await rig.channel(ann);
    await rig.say(old, ann, 'before');
    await anotherWorker({ MASTER_KEYS: new KeyRing([m2, m1]) });
    await rig.say(old, ann, 'after');
    const young = await rig.channel(ann);
    await rig.say(young, ann, 'new');
    expect(await texts(old, ann)).toEqual(['before', 'after']);
    expect([await master(old, 1), await master(young, 1)]).toEqual(['m1', 'm2']);
  });

  it('that are gone too soon leave rows that say so, and others readable', async () => {
    worker = await rig.startWorker({}, { MASTER_KEYS: new KeyRing([m1]), DATA_KEY_DAYS: 0 });
    const ann = await rig.user();
    const room = await rig.channel(ann);
    await rig.say(room, ann, 'before');
    await anotherWorker({ MASTER_KEYS: new KeyRing([m2, m1]), DATA_KEY_DAYS: 0 });
    await rig.say(room, ann, 'after');
    await anotherWorker({ MASTER_KEYS: new KeyRing([m2]) });
    const { messages } = await rig.asker.ask({ kind: 'page', userId: ann, channelId: room, limit: 50 });
    expect(messages.map(({ text, unreadable }) => [text, unreadable])).toEqual([
      [null, true],
      ['after', undefined],
    ]);
  });
});
