import type { Store } from '@storm/store';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { idOf } from '../../tests/support/opened.js';
import { aRedis, aRing, aStore } from '../../tests/support/place.js';
import { messageRow } from '../../tests/support/rows.js';
import { ChannelKeys } from '../crypto/channel-keys.js';
import { encryptText } from '../crypto/text.js';
import type { QuestionContext } from './context.js';
import { ChannelHeads } from './channel-heads.js';
import { checkReader, readable } from './readable.js';

const [ann, bob, cat] = ['ann', 'bob', 'cat'].map((name) => idOf('u', name)) as [string, string, string];
let store: Store;
let place: Awaited<ReturnType<typeof aRedis>>;
let leave: () => Promise<void>;
let context: QuestionContext;
let channelId: string;
let turn = 0;

beforeAll(async () => {
  ({ store, leave } = await aStore());
  place = await aRedis();
  const keys = new ChannelKeys({ store, masterKeys: aRing('m1'), maxAgeMs: 1e12 });
  context = { store, keys, heads: new ChannelHeads({ ...place, store, epoch: 'e' }) };
});
afterAll(async () => {
  await leave();
  await place.leave();
});
beforeEach(async () => {
  channelId = idOf('c', `room${++turn}`);
  const settings = {
    type: 'private' as const,
    name: 'Room',
    description: null,
    createdBy: ann,
    memberCount: 2,
    isArchived: false,
  };
  await store.channels.apply([{ channelId, seq: 1, insert: { ...settings, erasedAt: null, createdAt: new Date(0) } }]);
});

/** A message as it is stored, its key in memory. */
async function said(position: number, text: string, threadId: string | null = null) {
  const key = (await context.keys.forWriting(new Map([[channelId, { seq: 1 }]]))).get(channelId);
  if (!key) throw new Error('no key');
  const seq = position + 1;
  const place = { channelId, keyVersion: key.version, position, textSeq: seq, senderId: ann };
  const row = messageRow(seq, position, { channelId, threadId, keyVersion: key.version, ...encryptText(key.key, text, place) });
  await store.timeline.insertRows([row]);
  return row;
}

it('reads rows with the number of their replies, up to a position where one is named', async () => {
  const root = await said(1, 'root');
  const rows = [root, await said(2, 're', root.id), await said(3, 're', root.id)];
  expect((await readable(channelId, rows, context, { readerId: ann })).map(({ text, replyCount }) => [text, replyCount])).toEqual(
    [
      ['root', 2],
      ['re', 0],
      ['re', 0],
    ],
  );
  expect(await readable(channelId, [root], context, { readerId: ann, upTo: 2 })).toMatchObject([{ replyCount: 1 }]);
});

it('reads nothing of an erased channel, though its key is still in memory', async () => {
  const row = await said(1, 'secret');
  expect(await readable(channelId, [row], context, { readerId: ann })).toMatchObject([{ text: 'secret' }]);
  await store.channels.apply([{ channelId, seq: 9, set: { erasedAt: new Date() } }]);
  await store.channelKeys.erase(channelId);
  expect(await readable(channelId, [row], context, { readerId: ann })).toMatchObject([
    { text: null, unreadable: true, position: 1 },
  ]);
});

it('is for members: who left, or never came, finds no channel', async () => {
  const at = new Date(0);
  await store.memberships.apply([
    { channelId, userId: ann, seq: 1, joined: { role: 'owner', at, position: 0 } },
    { channelId, userId: bob, seq: 2, joined: { role: 'member', at, position: 0 } },
    { channelId, userId: bob, seq: 3, left: at },
  ]);
  await checkReader(channelId, ann, context);
  for (const userId of [bob, cat])
    await expect(checkReader(channelId, userId, context)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
