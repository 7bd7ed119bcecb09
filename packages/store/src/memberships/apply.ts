import type { ChannelRole } from '@storm/shared/protocol';
import type { mongo } from 'mongoose';
import type { Collection } from '../collection.js';
import { inLockOrder } from '../lock-order.js';
import { upserting } from '../upserting.js';
import type { Membership } from './schema.js';

/** What one timeline row does to one membership: exactly one of `joined`, `role`, `left`. */
export interface MembershipOp {
  channelId: string;
  userId: string;
  seq: number;
  /** Joined, for the first time or again. `position`: the channel's last one. */
  joined?: { role: ChannelRole; at: Date; position: number };
  role?: ChannelRole;
  left?: Date;
}

/** Brings memberships up to date with rows, each in the order given. Doing it again, or late, changes nothing. */
export const apply = (memberships: Collection<Membership>) =>
  async function apply(ops: readonly MembershipOp[]): Promise<void> {
    const bulk = inLockOrder(ops, ({ channelId, userId }) => `${channelId} ${userId}`).map(write);
    if (bulk.length > 0) await upserting(() => memberships.bulkWrite(bulk, { ordered: true }));
  };

function write({ channelId, userId, seq, joined, role, left }: MembershipOp): mongo.AnyBulkWriteOperation<Membership> {
  if (joined) return { updateOne: { filter: { channelId, userId }, update: join(seq, joined), upsert: true } };
  const state = { ...(role === undefined ? {} : { role }), ...(left === undefined ? {} : { leftAt: left }) };
  return { updateOne: { filter: { channelId, userId, version: { $lt: seq } }, update: { $set: { ...state, version: seq } } } };
}

/**
 * The guard is inside the update: in the filter it would make an upsert insert a second document beside a newer one, which
 * the unique index refuses, and that ends an ordered bulk.
 */
function join(seq: number, { role, at, position }: { role: ChannelRole; at: Date; position: number }): mongo.Document[] {
  const isNewer = { $lt: [{ $ifNull: ['$version', 0] }, seq] };
  const set = (field: string, value: unknown) => ({ $cond: [isNewer, value, `$${field}`] });
  return [
    {
      $set: {
        role: set('role', { $literal: role }),
        joinedAt: set('joinedAt', at),
        joinedPosition: set('joinedPosition', position),
        readPosition: set('readPosition', { $max: ['$readPosition', position] }),
        readAt: { $ifNull: ['$readAt', null] },
        leftAt: set('leftAt', null),
        version: { $max: ['$version', seq] },
      },
    },
  ];
}
