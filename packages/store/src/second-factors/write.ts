import { type Model, trusted } from 'mongoose';
import { DuplicateKey } from '../errors/index.js';
import { translate } from '../errors/translate.js';
import type { SecondFactor } from './schema.js';

/** Puts a secret that is to be confirmed in the place of another such. False, and nothing changed, when one is confirmed. */
export const begin = (factors: Model<SecondFactor>) =>
  async function begin({ userId, secret, kid, at }: { userId: string; secret: string; kid: string; at: Date }): Promise<boolean> {
    try {
      await factors.updateOne(
        { _id: { $eq: userId }, confirmedAt: null },
        { $set: { secret, kid, createdAt: at, confirmedAt: null, lastStep: 0, recoveryCodes: [] } },
        { upsert: true },
      );
      return true;
    } catch (error) {
      // The filter found none that is not confirmed, and there is one: it is confirmed, or somebody began at this very moment.
      if (translate(error) instanceof DuplicateKey) return false;
      throw error;
    }
  };

export interface Confirmation {
  userId: string;
  /** The one that the code was held against, as it is stored. */
  secret: string;
  step: number;
  /** Their HMACs. */
  recoveryCodes: readonly string[];
  at: Date;
}

/** False, and nothing changed, when it was confirmed before, or another secret took its place. */
export const confirm = (factors: Model<SecondFactor>) =>
  async function confirm({ userId, secret, step, recoveryCodes, at }: Confirmation): Promise<boolean> {
    const codes = recoveryCodes.map((mac) => ({ mac, usedAt: null }));
    const { matchedCount } = await factors.updateOne(
      { _id: { $eq: userId }, secret: { $eq: secret }, confirmedAt: null },
      { $set: { confirmedAt: at, lastStep: step, recoveryCodes: codes } },
    );
    return matchedCount === 1;
  };

/** Uses up the code of a time step, and those of all before. False when it was used up: of two at once, one succeeds. */
export const takeStep = (factors: Model<SecondFactor>) =>
  async function takeStep(userId: string, step: number): Promise<boolean> {
    const { matchedCount } = await factors.updateOne(
      { _id: { $eq: userId }, confirmedAt: trusted({ $ne: null }), lastStep: trusted({ $lt: step }) },
      { $set: { lastStep: step } },
    );
    return matchedCount === 1;
  };

/** False when there was none. */
export const remove = (factors: Model<SecondFactor>) =>
  async function remove(userId: string): Promise<boolean> {
    const { deletedCount } = await factors.deleteOne({ _id: { $eq: userId } });
    return deletedCount === 1;
  };

export interface Resealed {
  userId: string;
  /** As it is stored. */
  fromSecret: string;
  secret: string;
  kid: string;
}

/** The same secret under another key. False when another took its place meanwhile. */
export const reseal = (factors: Model<SecondFactor>) =>
  async function reseal({ userId, fromSecret, secret, kid }: Resealed): Promise<boolean> {
    const { matchedCount } = await factors.updateOne(
      { _id: { $eq: userId }, secret: { $eq: fromSecret } },
      { $set: { secret, kid } },
    );
    return matchedCount === 1;
  };
