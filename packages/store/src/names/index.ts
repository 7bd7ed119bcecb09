import type { Model } from 'mongoose';
import { type Collection, majority, native } from '../collection.js';
import { DuplicateKey } from '../errors/index.js';
import { translate } from '../errors/translate.js';
import type { NameDocument } from './schema.js';

export type NameQueries = ReturnType<typeof nameQueries>;

export function nameQueries(model: Model<NameDocument>) {
  const names = native(model);
  return { reserve: reserve(names), release: release(names), ofChannel: ofChannel(names) };
}

export interface HeldName {
  nameLower: string;
  claim: string;
}

/** A name is for who reserves it first, until released; the same channel may reserve it again, and the new claim replaces the old. */
const reserve = (names: Collection<NameDocument>) =>
  async function reserve(nameLower: string, channelId: string, claim: string): Promise<'reserved' | 'held-by-other'> {
    for (;;) {
      try {
        await names.insertOne({ _id: nameLower, channelId, claim });
        return 'reserved';
      } catch (error) {
        if (!(translate(error) instanceof DuplicateKey)) throw error;
      }
      const { matchedCount } = await names.updateOne({ _id: nameLower, channelId }, { $set: { claim } });
      if (matchedCount === 1) return 'reserved';
      if (await names.findOne({ _id: nameLower }, majority)) return 'held-by-other';
      // Released between the two: try again.
    }
  };

/** Changes nothing when another channel holds the name, or when it was claimed anew since. */
const release = (names: Collection<NameDocument>) =>
  async function release(nameLower: string, channelId: string, claim: string): Promise<void> {
    await names.deleteOne({ _id: nameLower, channelId, claim });
  };

/** A channel holds its name, and for a moment the one before or after; at most 100 are given. */
const ofChannel = (names: Collection<NameDocument>) =>
  async function ofChannel(channelId: string): Promise<HeldName[]> {
    const held = await names.find({ channelId }, majority).limit(100).toArray();
    return held.map(({ _id, claim }) => ({ nameLower: _id, claim }));
  };
