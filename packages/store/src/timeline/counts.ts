import { type Collection, chunks } from '../collection.js';
import type { TimelineDocument } from './schema.js';

/** How many replies these threads have; those without are left out. */
export const countReplies = (timeline: Collection<TimelineDocument>) =>
  async function countReplies(channelId: string, threadIds: readonly string[]): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const some of chunks(threadIds)) {
      const found = timeline.aggregate<{ _id: string; count: number }>([
        { $match: { channelId, threadId: { $in: some } } },
        { $group: { _id: '$threadId', count: { $sum: 1 } } },
      ]);
      for (const { _id, count } of await found.toArray()) counts.set(_id, count);
    }
    return counts;
  };

/** How often a user is mentioned in `(from, to]` of a channel's positions. */
export const countMentions = (timeline: Collection<TimelineDocument>) =>
  async function countMentions(channelId: string, userId: string, from: number, to: number): Promise<number> {
    if (to <= from) return 0;
    return timeline.countDocuments({ channelId, mentions: userId, position: { $gt: from, $lte: to } });
  };
