import { type Collection, chunks } from '../collection.js';
import type { TimelineDocument } from './schema.js';

/** How many replies these threads have up to a position; those without are left out. */
export const countReplies = (timeline: Collection<TimelineDocument>) =>
  async function countReplies(channelId: string, threadIds: readonly string[], upTo: number): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const some of chunks(threadIds)) {
      const found = timeline.aggregate<{ _id: string; count: number }>([
        { $match: { channelId, threadId: { $in: some }, position: { $lte: upTo } } },
        { $group: { _id: '$threadId', count: { $sum: 1 } } },
      ]);
      for (const { _id, count } of await found.toArray()) counts.set(_id, count);
    }
    return counts;
  };

/** Positions `(from, to]` of a channel. */
export interface PositionRange {
  channelId: string;
  from: number;
  to: number;
}

/** How often a user is mentioned in each of these ranges; channels without are left out. */
export const countMentions = (timeline: Collection<TimelineDocument>) =>
  async function countMentions(userId: string, ranges: readonly PositionRange[]): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    const asked = ranges.filter(({ from, to }) => to > from);
    for (const some of chunks(asked, rangesPerQuery)) {
      const within = some.map(({ channelId, from, to }) => ({ channelId, mentions: userId, position: { $gt: from, $lte: to } }));
      const found = timeline.aggregate<{ _id: string; count: number }>([
        { $match: { $or: within } },
        { $group: { _id: '$channelId', count: { $sum: 1 } } },
      ]);
      for (const { _id, count } of await found.toArray()) counts.set(_id, count);
    }
    return counts;
  };

/** A planner looks at each branch of an `$or` by itself. */
export const rangesPerQuery = 50;
