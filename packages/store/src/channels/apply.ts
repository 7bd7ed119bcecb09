import type { mongo } from 'mongoose';
import type { Collection } from '../collection.js';
import { inLockOrder } from '../lock-order.js';
import { upserting } from '../upserting.js';
import type { Channel } from './schema.js';

export type ChannelFields = Omit<Channel, '_id' | 'version'>;

/** What one timeline row does to its channel. */
export interface ChannelOp {
  channelId: string;
  seq: number;
  /** All fields, with `created`: taken where there is no such channel yet. */
  insert?: ChannelFields;
  /** The state after, of what the row changed: taken where nothing later has been at the channel. */
  set?: Partial<Omit<ChannelFields, 'createdAt' | 'createdBy' | 'type'>>;
}

/** Brings channels up to date with rows, each in the order given. Doing it again, or late, changes nothing. */
export const apply = (channels: Collection<Channel>) =>
  async function apply(ops: readonly ChannelOp[]): Promise<void> {
    const bulk = inLockOrder(ops, ({ channelId }) => channelId).flatMap(write);
    if (bulk.length > 0) await upserting(() => channels.bulkWrite(bulk, { ordered: true }));
  };

function* writes({ channelId, seq, insert, set }: ChannelOp): Generator<mongo.AnyBulkWriteOperation<Channel>> {
  if (insert) {
    yield { updateOne: { filter: { _id: channelId }, update: { $setOnInsert: { ...insert, version: seq } }, upsert: true } };
  }
  if (set) {
    yield { updateOne: { filter: { _id: channelId, version: { $lt: seq } }, update: { $set: { ...set, version: seq } } } };
  }
}

const write = (op: ChannelOp) => [...writes(op)];
