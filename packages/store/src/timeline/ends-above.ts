import { type Collection, chunks, majority } from '../collection.js';
import { rangesPerQuery } from './counts.js';
import { rangeMax } from './ranges.js';
import type { TimelineDocument } from './schema.js';

/** How far a channel is known to be. */
export interface ChannelEnd {
  channelId: string;
  seq: number;
  /** Of its last message. */
  position: number;
}

/** Those of the channels that are further, and where they are; of one that is more than 5,000 changes further, so far. A majority read. */
export const endsAbove = (timeline: Collection<TimelineDocument>) =>
  async function endsAbove(known: readonly ChannelEnd[]): Promise<ChannelEnd[]> {
    const ends: ChannelEnd[] = [];
    for (const some of chunks(known, rangesPerQuery)) {
      const within = some.map(({ channelId, seq }) => ({ channelId, seq: { $gt: seq, $lte: seq + rangeMax } }));
      const last = { _id: '$channelId', seq: { $max: '$seq' }, position: { $max: '$position' } };
      const found = timeline.aggregate<Last>([{ $match: { $or: within } }, { $group: last }], majority);
      const positions = new Map(some.map(({ channelId, position }) => [channelId, position]));
      for (const { _id: channelId, seq, position } of await found.toArray())
        ends.push({ channelId, seq, position: position ?? positions.get(channelId) ?? 0 });
    }
    return ends;
  };

interface Last {
  _id: string;
  seq: number;
  /** Null where there is no message among them. */
  position?: number | null;
}
