import { testMongoUrl } from '@storm/devstack/testing';
import type { mongo } from 'mongoose';
import { beforeAll, expect, it } from 'vitest';
import { message, system } from './support/rows.js';
import { useStore } from './support/test-store.js';

const url = new URL(testMongoUrl());
url.searchParams.set('monitorCommands', 'true');
const store = useStore({ url: url.href });

const upTo = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const at = (i: number) => new Date(1_700_000_000_000 + i * 1_000);
const id = (letter: string, i: number) => `${letter}${String(i).padStart(6, '0')}`;
const users = upTo(20, (i) => id('u', i));
const channels = upTo(100, (i) => id('c', i));
const soon = new Date(Date.now() + 3_600_000);

/** One busy channel, and one user of everything: of most things ten times what a query is asked for. */
beforeAll(async () => {
  const messages = upTo(1_010, (i) =>
    message({ channelId: 'c', seq: i + 1, senderId: 'ua', threadId: 'm', mentions: ['ua'], createdAt: at(i) }),
  );
  const systems = upTo(2_010, (i) => system({ channelId: 'c', seq: 1_011 + i, senderId: 'ua' }));
  await store.timeline.insertRows([...messages, ...systems]);
  const joined = { role: 'member' as const, joinedAt: at(0), joinedPosition: 0, readPosition: 0, readAt: null };
  const members = [
    ...upTo(2_010, (i) => ({ channelId: id('d', i), userId: 'ua' })),
    ...upTo(1_010, (i) => ({ channelId: 'c', userId: id('v', i) })),
    ...users.flatMap((userId) => channels.map((channelId) => ({ channelId, userId }))),
  ];
  await store.models.memberships.collection.insertMany(members.map((of) => ({ ...of, ...joined, version: 1, leftAt: null })));
  await store.heads.advance(upTo(1_000, (i) => ({ channelId: id('c', i), seq: 1, position: 1 })));
  const notified = { userId: 'ua', type: 'mention', data: {}, readAt: null, expiresAt: soon };
  await store.models.notifications.collection.insertMany(
    upTo(10_000, (i) => ({ _id: id('n', i), key: `k${i}`, createdAt: at(i), ...notified })) as never[],
  );
});

const known = { channelId: 'c', seq: 10, position: 10 };
const range = { channelId: 'c', from: 0, to: 1_010 };
const cases: [name: string, documents: number, query: () => Promise<unknown>][] = [
  ['the rows above a head', 500, () => store.timeline.rowsAbove('c', 0, 500)],
  ['the rows of a range', 500, () => store.timeline.rowsInRange('c', 0, 500)],
  ['the system rows of a range', 201, () => store.timeline.systemInRange('c', 1, 10_000, 201)],
  ['a page of messages', 100, () => store.timeline.messagesInRange('c', 0, 100)],
  ['a page of replies', 101, () => store.timeline.replies('c', 'm', 0, 101)],
  ['how many replies there are', 1, () => store.timeline.countReplies('c', ['m'], 10_000)],
  ['how often somebody is mentioned', 1, () => store.timeline.countMentions('ua', [range])],
  ['how far a channel is', 1, () => store.timeline.endsAbove([known])],
  ['a page of channels', 201, () => store.memberships.forUser('ua', { limit: 201 })],
  ['a page of members', 101, () => store.memberships.members('c', { limit: 101 })],
  ['who shares a channel', users.length, () => store.memberships.sharing(users, channels)],
  ['heads that moved', 100, () => store.heads.movedSince(new Date(0), 100)],
  ['a page of notifications', 101, () => store.notifications.page('ua', { limit: 101 })],
  ['a page of those not read', 101, () => store.notifications.page('ua', { unread: true, limit: 101 })],
];

it.each(cases)('%s: brings no more than was asked for however much there is', async (_name, documents, query) => {
  expect(await documentsOf(query)).toBe(documents);
});

it('counts what is not read no further than it says', async () => {
  expect(await store.notifications.countUnread('ua')).toBe(1_000);
});

/** How many documents the server sent for it. */
async function documentsOf(query: () => Promise<unknown>): Promise<number> {
  let documents = 0;
  const count = ({ reply }: mongo.CommandSucceededEvent) => {
    const { cursor } = reply as { cursor?: { firstBatch?: unknown[]; nextBatch?: unknown[] } };
    documents += (cursor?.firstBatch?.length ?? 0) + (cursor?.nextBatch?.length ?? 0);
  };
  const client = store.connection.getClient();
  client.on('commandSucceeded', count);
  try {
    await query();
  } finally {
    client.off('commandSucceeded', count);
  }
  return documents;
}
