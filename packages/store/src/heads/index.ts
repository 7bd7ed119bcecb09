import type { Model } from 'mongoose';
import { bounded, type Collection, chunks, majority, native } from '../collection.js';
import { inLockOrder } from '../lock-order.js';
import { upserting } from '../upserting.js';
import type { HeadDocument } from './schema.js';

export interface Head {
  seq: number;
  position: number;
}
export interface ChannelHead extends Head {
  channelId: string;
}

const movedMax = 10_000;

export type HeadQueries = ReturnType<typeof headQueries>;

export function headQueries(model: Model<HeadDocument>) {
  const heads = native(model);
  return { read: read(heads), advance: advance(heads), movedSince: movedSince(heads) };
}

/** A channel without one is left out: its head is 0, 0. A majority read. */
const read = (heads: Collection<HeadDocument>) =>
  async function read(channelIds: readonly string[]): Promise<Map<string, Head>> {
    const found = new Map<string, Head>();
    for (const some of chunks(channelIds)) {
      for (const { _id, seq, position } of await heads.find({ _id: { $in: some } }, majority).toArray()) {
        found.set(_id, { seq, position });
      }
    }
    return found;
  };

/** Heads only grow, in whatever order they are said. */
const advance = (heads: Collection<HeadDocument>) =>
  async function advance(updates: readonly ChannelHead[], now = new Date()): Promise<void> {
    if (updates.length === 0) return;
    await upserting(() =>
      heads.bulkWrite(
        inLockOrder(updates, ({ channelId }) => channelId).map(({ channelId, seq, position }) => ({
          updateOne: { filter: { _id: channelId }, update: { $max: { seq, position, updatedAt: now } }, upsert: true },
        })),
        { ordered: false },
      ),
    );
  };

/** Channels whose heads moved at or after `since`, the longest ago first. */
const movedSince = (heads: Collection<HeadDocument>) =>
  async function movedSince(since: Date, limit: number): Promise<(ChannelHead & { updatedAt: Date })[]> {
    const found = await heads
      .find({ updatedAt: { $gte: since } })
      .sort({ updatedAt: 1 })
      .limit(bounded(limit, movedMax))
      .toArray();
    return found.map(({ _id, ...head }) => ({ channelId: _id, ...head }));
  };
