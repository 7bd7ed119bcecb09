import type { Model } from 'mongoose';
import { bounded, majority, native } from '../collection.js';
import type { ServiceKey } from './schema.js';

export type { ServiceKey } from './schema.js';

/** Where a page ended. */
export interface ServiceKeyCursor {
  createdAt: Date;
  id: string;
}

const pageMax = 100;
const minuteMs = 60_000;

export type ServiceKeyQueries = ReturnType<typeof serviceKeyQueries>;

export function serviceKeyQueries(model: Model<ServiceKey>) {
  const keys = native(model);
  return {
    async create(key: ServiceKey): Promise<void> {
      await keys.insertOne(key);
    },

    /** Revoked and expired ones too. A majority read: it decides who may call. */
    async byId(id: string): Promise<ServiceKey | null> {
      return keys.findOne({ _id: id }, majority);
    },

    /** Notes a use, unless one within the minute before it is noted. */
    async touch(id: string, at: Date): Promise<void> {
      const noted = [{ lastUsedAt: null }, { lastUsedAt: { $lte: new Date(at.getTime() - minuteMs) } }];
      await keys.updateOne({ _id: id, $or: noted }, { $set: { lastUsedAt: at } });
    },

    /** False when it was revoked before, or never was. */
    async revoke(id: string, at = new Date()): Promise<boolean> {
      const { matchedCount } = await keys.updateOne({ _id: id, revokedAt: null }, { $set: { revokedAt: at } });
      return matchedCount === 1;
    },

    /** All of them, the oldest first. */
    async page({ after, limit }: { after?: ServiceKeyCursor; limit: number }): Promise<ServiceKey[]> {
      const beyond = after && {
        createdAt: { $gte: after.createdAt },
        $or: [{ createdAt: { $gt: after.createdAt } }, { createdAt: after.createdAt, _id: { $gt: after.id } }],
      };
      return keys
        .find({ ...beyond })
        .sort({ createdAt: 1, _id: 1 })
        .limit(bounded(limit, pageMax + 1))
        .toArray();
    },
  };
}
