import { bounded, type Collection, chunks, majority } from '../collection.js';
import { idWindows } from './id-windows.js';
import type { Membership } from './schema.js';

const pageMax = 1_000;
const noId = { projection: { _id: 0 } } as const;

/** Said to the planner, as some take the other index for a range and read every channel's (or user's) memberships beyond it. */
const byUser = { userId: 1, channelId: 1 } as const;
const byChannel = { channelId: 1, userId: 1 } as const;

/** Of these users those who are or were members: see `leftAt`. A majority read: it decides who may do what. */
export const of = (memberships: Collection<Membership>) =>
  async function of(channelId: string, userIds: readonly string[]): Promise<Map<string, Membership>> {
    const found = new Map<string, Membership>();
    for (const some of chunks(userIds)) {
      const list = memberships.find<Membership>({ channelId, userId: { $in: some } }, { ...noId, ...majority });
      for (const membership of await list.toArray()) found.set(membership.userId, membership);
    }
    return found;
  };

export interface ForUser {
  afterChannelId?: string;
  /** At most 1,000, and one more to see whether there are more. */
  limit: number;
}

/** Where a user is a member, in the order of the channels' ids. A majority read. */
export const forUser = (memberships: Collection<Membership>) =>
  async function forUser(userId: string, { afterChannelId, limit }: ForUser): Promise<Membership[]> {
    const beyond = afterChannelId === undefined ? {} : { channelId: { $gt: afterChannelId } };
    return memberships
      .find<Membership>({ userId, ...beyond, leftAt: null }, { ...noId, ...majority })
      .hint(byUser)
      .sort(byUser)
      .limit(bounded(limit, pageMax + 1))
      .batchSize(limit)
      .toArray();
  };

export interface MembersPage {
  afterUserId?: string;
  /** At most 1,000, and one more to see whether there are more. */
  limit: number;
  /** About how many there are: of many a part is looked at, as some engines sort all that a query matches for each page. */
  memberCount?: number | undefined;
}

/** A channel's members, in the order of their ids. */
export const members = (memberships: Collection<Membership>) =>
  async function members(channelId: string, { afterUserId, limit, memberCount = 0 }: MembersPage): Promise<Membership[]> {
    const found: Membership[] = [];
    for (const { from, below } of idWindows(afterUserId, bounded(limit, pageMax + 1), memberCount)) {
      const least = from !== undefined ? { $gte: from } : afterUserId !== undefined ? { $gt: afterUserId } : {};
      const range = { ...least, ...(below === undefined ? {} : { $lt: below }) };
      const some = memberships
        .find<Membership>({ channelId, ...(Object.keys(range).length > 0 && { userId: range }), leftAt: null }, noId)
        .hint(byChannel)
        .sort(byChannel)
        .limit(limit - found.length)
        .batchSize(limit);
      found.push(...(await some.toArray()));
      if (found.length === limit) break;
    }
    return found;
  };

/** Which of these users are members now. */
export const activeAmong = (memberships: Collection<Membership>) =>
  async function activeAmong(channelId: string, userIds: readonly string[]): Promise<Set<string>> {
    const active = new Set<string>();
    for (const some of chunks(userIds)) {
      const list = memberships.find<{ userId: string }>(
        { channelId, userId: { $in: some }, leftAt: null },
        { projection: { _id: 0, userId: 1 } },
      );
      for (const { userId } of await list.toArray()) active.add(userId);
    }
    return active;
  };
