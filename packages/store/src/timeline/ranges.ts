import { type Collection, majority } from '../collection.js';
import { toMessage, toRow } from './document.js';
import type { MessageRow, SystemRow, TimelineRow } from './rows.js';
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

/** System rows with `seq` in `[from, before)`, ascending, the first of them. */
export const systemInRange = (timeline: Collection<TimelineDocument>) =>
  async function systemInRange(channelId: string, from: number, before: number, limit: number): Promise<SystemRow[]> {
    if (before <= from) return [];
    const found = await timeline
      .find({ channelId, seq: { $gte: from, $lt: before }, kind: 'system' })
      .sort({ channelId: 1, seq: 1 })
      .limit(limit)
      .toArray();
    return found.map(toRow).filter((row) => row.kind === 'system');
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
