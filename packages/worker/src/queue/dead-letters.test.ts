import { randomUUID } from 'node:crypto';
import type { Store } from '@storm/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../tests/support/opened.js';
import { aStore, silent } from '../../tests/support/place.js';
import { DeadLetters, idsOf } from './dead-letters.js';

const now = Date.UTC(2030, 0, 1);
const ids = () => ({ intakeId: 'i'.repeat(16), channelId: idOf('c', 'x'), senderId: idOf('u', 'x'), changeId: randomUUID() });
const header = { kid: 's1', pskId: 'i1', enc: 'enc' };
let store: Store;
let leave: () => Promise<void>;
let letters: DeadLetters;
beforeAll(async () => {
  ({ store, leave } = await aStore());
  letters = new DeadLetters(store, silent, () => now);
});
afterAll(() => leave());

it('keeps the entry as it was, with all that a replay needs, and why it is here', async () => {
  const raw = { ...ids(), box: 'AAAA' };
  await letters.keep({ raw, header, replyTo: 'asker', reason: 'because', attempts: 3 });
  const [letter] = await store.deadLetters.ofChange(raw.channelId, raw.senderId, raw.changeId);
  const { box: _, ...clear } = raw;
  expect(letter).toMatchObject({
    ...clear,
    ...header,
    replyTo: 'asker',
    reason: 'because',
    attempts: 3,
    failedAt: new Date(now),
  });
  expect(JSON.parse(letter?.entry ?? '')).toEqual(raw);
});

it('keeps the same entry once, however often it comes', async () => {
  const raw = { ...ids(), box: 'BBBB' };
  await Promise.all([1, 2, 3].map((attempts) => letters.keep({ raw, header, replyTo: 'asker', reason: 'because', attempts })));
  await letters.keep({ raw, header, replyTo: 'asker', reason: 'another reason', attempts: 9 });
  expect(await store.deadLetters.ofChange(raw.channelId, raw.senderId, raw.changeId)).toHaveLength(1);
});

it.each([['text'], [7], [null], [undefined], [[1]], [{ entries: 1 }]])('keeps what is no entry at all: %j', async (raw) => {
  const before = await store.models.deadLetters.countDocuments();
  await letters.keep({ raw, header: undefined, replyTo: undefined, reason: 'the job is malformed', attempts: 1 });
  const [letter] = (await store.deadLetters.list({ limit: 100 })).filter(
    ({ entry }) => entry === (JSON.stringify(raw) ?? 'null'),
  );
  expect(letter).toMatchObject({ kid: null, channelId: null, senderId: null, changeId: null, intakeId: null, replyTo: null });
  // `undefined` and `null` are the same text.
  expect((await store.models.deadLetters.countDocuments()) - before).toBe(raw === undefined ? 0 : 1);
});

describe('ids of a malformed entry', () => {
  it('are each read by itself', () => {
    const given = ids();
    expect(idsOf({ ...given, box: 1, extra: true })).toEqual(given);
    expect(idsOf({ ...given, channelId: 'general' })).toEqual({ ...given, channelId: undefined });
    expect(idsOf({ changeId: given.changeId.toUpperCase() })).toEqual({ changeId: given.changeId });
  });

  it.each([[null], [undefined], ['text'], [1], [[]], [{ channelId: { $ne: null } }]])('are none in %j', (raw) => {
    expect(idsOf(raw)).toEqual({});
  });
});
