import { randomUUID } from 'node:crypto';
import { channelIdOf, newUserId } from '@storm/shared/contracts';
import type { ChannelRole } from '@storm/shared/protocol';
import type { Store, SystemRow } from '@storm/store';

const perInsert = 2_000;

/** Private channels with these first members, the first of them their owner, straight into the database: as if they had been created and quiet ever since. */
export async function insertChannels(store: Store, count: number, userIds: readonly string[]): Promise<string[]> {
  const [owner = ''] = userIds;
  const ids = Array.from({ length: count }, () => channelIdOf(owner, randomUUID()));
  const at = new Date();
  await inParts(ids, async (some) => {
    const fields = { createdBy: owner, createdAt: at, type: 'private' as const, name: 'one of many', description: null };
    const state = { memberCount: userIds.length, isArchived: false, erasedAt: null, version: 1 };
    await store.models.channels.collection.insertMany(some.map((_id) => ({ _id, ...fields, ...state })) as never[]);
    await store.models.heads.collection.insertMany(some.map((_id) => ({ _id, seq: 1, position: 0, updatedAt: at })) as never[]);
    const members = some.flatMap((channelId) =>
      userIds.map((userId) => membership(channelId, userId, at, userId === owner ? 'owner' : 'member')),
    );
    await store.models.memberships.collection.insertMany(members);
    const created = some.map((channelId): SystemRow => {
      const system = { kind: 'created' as const, type: 'private' as const, name: 'one of many', description: null };
      const made = { seq: 1, senderId: owner, changeId: randomUUID(), intakeId: randomUUID(), createdAt: at };
      const members = userIds.map((userId) => ({ userId, role: userId === owner ? ('owner' as const) : ('member' as const) }));
      const sealed = { bodyHmac: Buffer.alloc(32), keyVersion: 1 };
      return { kind: 'system', channelId, ...made, ...sealed, system: { ...system, members, memberCount: userIds.length } };
    });
    await store.timeline.insertRows(created);
  });
  return ids;
}

/** So many more members of a channel that no worker has seen yet, who are users of nothing else. Answers their ids. */
export async function insertMembers(store: Store, channelId: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, newUserId);
  const at = new Date();
  await inParts(ids, async (some) => {
    await store.models.memberships.collection.insertMany(some.map((userId) => membership(channelId, userId, at, 'member')));
  });
  await store.models.channels.updateOne({ _id: channelId }, { $inc: { memberCount: count } });
  return ids;
}

function membership(channelId: string, userId: string, at: Date, role: ChannelRole) {
  const read = { joinedPosition: 0, readPosition: 0, readAt: null };
  return { channelId, userId, role, joinedAt: at, ...read, version: 1, leftAt: null };
}

async function inParts<T>(all: readonly T[], insert: (some: T[]) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += perInsert) await insert(all.slice(at, at + perInsert));
}
