import { type Collection, chunks } from '../collection.js';
import type { Membership } from './schema.js';

/** Which of these users are members of one of these channels, at least. */
export const sharing = (memberships: Collection<Membership>) =>
  async function sharing(userIds: readonly string[], channelIds: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>();
    for (const channels of chunks(channelIds)) {
      const left = userIds.filter((userId) => !found.has(userId));
      if (left.length === 0) break;
      const filter = { userId: { $in: left }, channelId: { $in: channels }, leftAt: null };
      const some = memberships.aggregate<{ _id: string }>([{ $match: filter }, { $group: { _id: '$userId' } }]);
      for (const { _id } of await some.toArray()) found.add(_id);
    }
    return found;
  };
