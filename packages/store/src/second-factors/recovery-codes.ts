import { type Model, trusted } from 'mongoose';
import type { SecondFactor } from './schema.js';

/** Uses up a recovery code. False when there is no such code, or it was used: of two at once, one succeeds. */
export const takeRecoveryCode = (factors: Model<SecondFactor>) =>
  async function takeRecoveryCode(userId: string, mac: string, at: Date): Promise<boolean> {
    const { matchedCount } = await factors.updateOne(
      {
        _id: { $eq: userId },
        confirmedAt: trusted({ $ne: null }),
        recoveryCodes: trusted({ $elemMatch: { mac, usedAt: null } }),
      },
      { $set: { 'recoveryCodes.$.usedAt': at } },
    );
    return matchedCount === 1;
  };

/** Puts new codes, by their HMACs, in the place of all there are. False when there is no confirmed second factor. */
export const replaceRecoveryCodes = (factors: Model<SecondFactor>) =>
  async function replaceRecoveryCodes(userId: string, macs: readonly string[]): Promise<boolean> {
    const { matchedCount } = await factors.updateOne(
      { _id: { $eq: userId }, confirmedAt: trusted({ $ne: null }) },
      { $set: { recoveryCodes: macs.map((mac) => ({ mac, usedAt: null })) } },
    );
    return matchedCount === 1;
  };
