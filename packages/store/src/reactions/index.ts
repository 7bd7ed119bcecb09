import type { Model } from 'mongoose';
import { chunks, majority, native } from '../collection.js';
import { inLockOrder, sortable } from '../lock-order.js';
import { upserting } from '../upserting.js';
import type { Reaction } from './schema.js';

export type { Reaction } from './schema.js';

/** What names a reaction. */
export type ReactionKey = Pick<Reaction, 'channelId' | 'position' | 'userId' | 'emoji'>;

/** What one timeline row does to one reaction. */
export type ReactionOp = ReactionKey & { seq: number; isActive: boolean };

export type ReactionQueries = ReturnType<typeof reactionQueries>;

export function reactionQueries(model: Model<Reaction>) {
  const reactions = native(model);
  return {
    /** Brings reactions up to date with rows, each in the order given. Doing it again, or late, changes nothing. */
    async apply(ops: readonly ReactionOp[]): Promise<void> {
      if (ops.length === 0) return;
      const bulk = inLockOrder(ops, sortKey).map(({ seq, isActive, ...key }) => ({
        updateOne: { filter: key, update: moved(isActive, seq), upsert: true },
      }));
      await upserting(() => reactions.bulkWrite(bulk, { ordered: true }));
    },

    /** Those of these reactions that stand. A majority read: it decides what another one would change. */
    async active(keys: readonly ReactionKey[]): Promise<ReactionKey[]> {
      const found: ReactionKey[] = [];
      for (const some of chunks(keys, keysPerQuery)) {
        const stored = await reactions.find({ $or: some.map((key) => ({ ...key })) }, majority).toArray();
        found.push(...stored.filter(({ isActive }) => isActive));
      }
      return found;
    },

    /** With which emoji a user reacted, by position; positions without are left out. */
    async ofUser(channelId: string, userId: string, positions: readonly number[]): Promise<Map<number, string[]>> {
      const own = new Map<number, string[]>();
      for (const some of chunks(positions)) {
        const found = reactions.find({ channelId, position: { $in: some }, userId });
        for (const { position, emoji, isActive } of await found.toArray()) {
          if (isActive) own.set(position, [...(own.get(position) ?? []), emoji]);
        }
      }
      return own;
    },
  };
}

const keysPerQuery = 100;

const sortKey = ({ channelId, position, userId, emoji }: ReactionKey) => `${channelId} ${sortable(position)} ${userId} ${emoji}`;

/** The guard is inside the update, as for memberships: in the filter it would make an upsert insert a second document. */
const moved = (isActive: boolean, seq: number) => [
  {
    $set: {
      isActive: { $cond: [{ $lt: [{ $ifNull: ['$version', 0] }, seq] }, isActive, '$isActive'] },
      version: { $max: ['$version', seq] },
    },
  },
];
