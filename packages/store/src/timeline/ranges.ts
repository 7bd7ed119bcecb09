import { type Collection, majority } from '../collection.js';
import { toMessage, toRow } from './document.js';
import type { MessageRow, TimelineRow } from './rows.js';
import type { TimelineDocument } from './schema.js';

/** The widest range that one call reads. */
export const rangeMax = 5_000;

function checkRange(from: number, to: number): void {
  if (to - from > rangeMax) throw new RangeError(`a range of ${to - from} is wider than ${rangeMax}`);
}

/** Rows with `seq` in `(seq, seq + limit]`, ascending. A majority read: it decides where the head is. */
export const rowsAbove = (timeline: Collection<TimelineDocument>) =>
  async function rowsAbove(channelId: string, seq: number, limit: number): Promise<TimelineRow[]> {
    checkRange(seq, seq + limit);
    const found = await timeline
      .find({ channelId, seq: { $gt: seq, $lte: seq + limit } }, majority)
      .sort({ channelId: 1, seq: 1 })
      .toArray();
    return found.map(toRow);
  };

/** Rows with `seq` in `(from, to]`, ascending. */
export const rowsInRange = (timeline: Collection<TimelineDocument>) =>
  async function rowsInRange(channelId: string, from: number, to: number): Promise<TimelineRow[]> {
    if (to <= from) return [];
    checkRange(from, to);
    const found = await timeline
      .find({ channelId, seq: { $gt: from, $lte: to } })
      .sort({ channelId: 1, seq: 1 })
      .toArray();
    return found.map(toRow);
  };

/** Messages with `position` in `(from, to]`, ascending. */
export const messagesInRange = (timeline: Collection<TimelineDocument>) =>
  async function messagesInRange(channelId: string, from: number, to: number): Promise<MessageRow[]> {
    if (to <= from) return [];
    checkRange(from, to);
    const found = await timeline
      .find({ channelId, position: { $gt: from, $lte: to } })
      .sort({ channelId: 1, position: 1 })
      .toArray();
    return found.map(toMessage);
  };
