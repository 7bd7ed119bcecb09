import type { Collection } from '../collection.js';
import { toMessage } from './document.js';
import type { MessageRow } from './rows.js';
import type { TimelineDocument } from './schema.js';

/** The first messages of a thread beyond a position, ascending. */
export const replies = (timeline: Collection<TimelineDocument>) =>
  async function replies(channelId: string, threadId: string, after: number, limit: number): Promise<MessageRow[]> {
    const found = await timeline
      .find({ channelId, threadId, position: { $gt: after } })
      .sort({ channelId: 1, threadId: 1, position: 1 })
      .limit(limit)
      .toArray();
    return found.map(toMessage);
  };
