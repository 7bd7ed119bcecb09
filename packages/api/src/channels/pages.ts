import type { Channel, Membership, Store } from '@storm/store';
import { pageOf } from '../http/cursor.js';

interface Wanted {
  userId: string;
  /** After which channel; public ones are in the order of `at` (ms), when they were created. */
  cursor: { id: string; at?: number | undefined } | undefined;
  limit: number;
}

export interface ChannelPage {
  channels: Channel[];
  /** Of the user, by channel. */
  memberships: Map<string, Membership>;
  meta: { hasNextPage: boolean; nextCursor: string | null };
}

/** Where the user is a member, in the order of ids. */
export async function pageOfMine({ userId, cursor, limit }: Wanted, { memberships, channels }: Store): Promise<ChannelPage> {
  const after = cursor && { afterChannelId: cursor.id };
  const found = await memberships.forUser(userId, { ...after, limit: limit + 1 });
  const { items, meta } = pageOf(found, limit, ({ channelId }) => ({ id: channelId }));
  const byId = new Map((await channels.byIds(items.map(({ channelId }) => channelId))).map((channel) => [channel._id, channel]));
  return {
    channels: items.map(({ channelId }) => byId.get(channelId)).filter((channel) => channel !== undefined),
    memberships: new Map(items.map((membership) => [membership.channelId, membership])),
    meta,
  };
}

/** All public channels that are not archived, the oldest first. */
export async function pageOfPublic({ userId, cursor, limit }: Wanted, { memberships, channels }: Store): Promise<ChannelPage> {
  const after = cursor && { after: { createdAt: new Date(cursor.at ?? 0), id: cursor.id } };
  const found = await channels.publicPage({ ...after, limit: limit + 1 });
  const { items, meta } = pageOf(found, limit, ({ _id, createdAt }) => ({ id: _id, at: createdAt.getTime() }));
  const mine = await memberships.ofUserAmong(
    userId,
    items.map(({ _id }) => _id),
  );
  return { channels: items, memberships: mine, meta };
}
