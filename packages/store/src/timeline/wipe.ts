import type { Collection } from '../collection.js';
import { inLockOrder, sortable } from '../lock-order.js';
import type { TimelineDocument } from './schema.js';

export interface Wipe {
  channelId: string;
  /** The message's position. */
  target: number;
  /** Of the delete row. */
  seq: number;
  deletedAt: Date;
}

/** Takes the text out of deleted messages; keeps rows and positions. Changes nothing that a later change has been at. */
export const wipe = (timeline: Collection<TimelineDocument>) =>
  async function wipe(wipes: readonly Wipe[]): Promise<void> {
    if (wipes.length === 0) return;
    await timeline.bulkWrite(
      inLockOrder(wipes, ({ channelId, target }) => `${channelId} ${sortable(target)}`).map(
        ({ channelId, target, seq, deletedAt }) => ({
          updateOne: {
            filter: { channelId, position: target, version: { $lt: seq } },
            update: { $set: { ciphertext: null, iv: null, tag: null, reactions: {}, deletedAt, version: seq } },
          },
        }),
      ),
      { ordered: true },
    );
  };
