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

/** A name is for who reserves it first, until released; the same channel may reserve it again. */
const reserve = (names: Collection<NameDocument>) =>
  async function reserve(nameLower: string, channelId: string): Promise<'reserved' | 'held-by-other'> {
    for (;;) {
      try {
        await names.insertOne({ _id: nameLower, channelId });
        return 'reserved';
      } catch (error) {
        if (!(translate(error) instanceof DuplicateKey)) throw error;
      }
      const held = await names.findOne({ _id: nameLower }, majority);
      if (held) return held.channelId === channelId ? 'reserved' : 'held-by-other';
      // Released between the two: try again.
    }
  };

/** Changes nothing when another channel holds the name. */
const release = (names: Collection<NameDocument>) =>
  async function release(nameLower: string, channelId: string): Promise<void> {
    await names.deleteOne({ _id: nameLower, channelId });
  };

/** A channel holds its name, and for a moment the one before or after; at most 100 are given. */
const ofChannel = (names: Collection<NameDocument>) =>
  async function ofChannel(channelId: string): Promise<string[]> {
    const held = await names.find({ channelId }, majority).limit(100).toArray();
    return held.map(({ _id }) => _id);
  };
