import { type Collection, chunks, majority } from '../collection.js';
import { toMessage } from './document.js';
import type { MessageRow } from './rows.js';
import type { TimelineDocument } from './schema.js';

/** The messages at these positions that there are, in no order. */
export const messagesAt = (timeline: Collection<TimelineDocument>) =>
  async function messagesAt(channelId: string, positions: readonly number[]): Promise<MessageRow[]> {
    const messages: MessageRow[] = [];
    for (const some of chunks(positions)) {
      const found = await timeline.find({ channelId, position: { $in: some } }).toArray();
      messages.push(...found.map(toMessage));
    }
    return messages;
  };

/** The messages with these ids that there are, in no order. A majority read: what a delete names must be there for good. */
export const messagesById = (timeline: Collection<TimelineDocument>) =>
  async function messagesById(channelId: string, ids: readonly string[]): Promise<MessageRow[]> {
    const messages: MessageRow[] = [];
    for (const some of chunks(ids)) {
      const found = await timeline.find({ channelId, id: { $in: some } }, majority).toArray();
      messages.push(...found.map(toMessage));
    }
    return messages;
  };
