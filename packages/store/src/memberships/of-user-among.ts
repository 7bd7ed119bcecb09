import { type Collection, chunks } from '../collection.js';
import type { Membership } from './schema.js';

/** Of these channels those where a user is a member now, by channel. */
export const ofUserAmong = (memberships: Collection<Membership>) =>
  async function ofUserAmong(userId: string, channelIds: readonly string[]): Promise<Map<string, Membership>> {
    const found = new Map<string, Membership>();
    for (const some of chunks(channelIds)) {
      const list = memberships.find<Membership>({ userId, channelId: { $in: some }, leftAt: null }, { projection: { _id: 0 } });
      for (const membership of await list.toArray()) found.set(membership.channelId, membership);
    }
    return found;
  };
