import type { Collection } from '../collection.js';
import { inLockOrder } from '../lock-order.js';
import type { Membership } from './schema.js';

export interface ReadPosition {
  channelId: string;
  userId: string;
  position: number;
}

/** Moves read positions of members forward; one that is not further changes nothing, the time of reading included, nor does one of who left. */
export const readUpTo = (memberships: Collection<Membership>) =>
  async function read(updates: readonly ReadPosition[], now = new Date()): Promise<void> {
    if (updates.length === 0) return;
    await memberships.bulkWrite(
      inLockOrder(updates, ({ channelId, userId }) => `${channelId} ${userId}`).map(({ channelId, userId, position }) => ({
        updateOne: {
          filter: { channelId, userId, leftAt: null, readPosition: { $lt: position } },
          update: { $max: { readPosition: position, readAt: now } },
        },
      })),
      { ordered: false },
    );
  };
