import type { Model } from 'mongoose';
import { bounded } from '../collection.js';
import type { SecondFactor } from './schema.js';

/** A user's, confirmed or not. A majority read: it decides what signing in takes. */
export const byId = (factors: Model<SecondFactor>) =>
  async function byId(userId: string): Promise<SecondFactor | null> {
    return factors
      .findOne({ _id: { $eq: userId } })
      .readConcern('majority')
      .lean();
  };

/** Those sealed under a key. What was sealed anew is not found again, so that it is asked until empty. */
export const underKey = (factors: Model<SecondFactor>) =>
  async function underKey(kid: string, limit: number): Promise<SecondFactor[]> {
    return factors
      .find({ kid: { $eq: kid } })
      .limit(bounded(limit, 500))
      .lean();
  };
