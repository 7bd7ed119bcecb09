import { type Model, trusted } from 'mongoose';
import { bounded } from '../collection.js';
import { DuplicateKey } from '../errors/index.js';
import { translate } from '../errors/translate.js';
import type { DeadLetter, DeadLetterDocument } from './schema.js';

export type { DeadLetter } from './schema.js';

/** Where a page ended. */
export interface DeadLetterCursor {
  failedAt: Date;
  digest: string;
}

const pageMax = 100;

const toLetter = ({ _id, ...letter }: DeadLetterDocument): DeadLetter => ({ digest: _id, ...letter });

export type DeadLetterQueries = ReturnType<typeof deadLetterQueries>;

/** @param cap how many are kept at most, about: two writers at once may pass it by one each */
export function deadLetterQueries(letters: Model<DeadLetterDocument>, cap: number) {
  /** Counted in an index and not from metadata, which some servers guess. */
  async function count(): Promise<number> {
    return letters.countDocuments({ failedAt: trusted({ $gt: new Date(0) }) }).limit(cap);
  }

  return {
    /** `exists`: it is kept already. `full`: it is not kept; the entry stays where it is until someone makes room. */
    async insert({ digest, ...letter }: DeadLetter): Promise<'inserted' | 'exists' | 'full'> {
      // Dead again, after a replay perhaps: whoever is about to remove it sees that it is another death.
      const { reason, attempts, failedAt } = letter;
      const again = await letters.updateOne({ _id: { $eq: digest } }, { $set: { reason, attempts, failedAt } });
      if (again.matchedCount === 1) return 'exists';
      if ((await count()) >= cap) return 'full';
      try {
        await letters.create({ _id: digest, ...letter });
        return 'inserted';
      } catch (error) {
        if (translate(error) instanceof DuplicateKey) return 'exists';
        throw error;
      }
    },

    /** The oldest first; at most 100, and one more to see whether there are more. */
    async list({ after, limit }: { after?: DeadLetterCursor; limit: number }): Promise<DeadLetter[]> {
      const beyond = after
        ? {
            failedAt: trusted({ $gte: after.failedAt }),
            $or: [
              { failedAt: trusted({ $gt: after.failedAt }) },
              { failedAt: after.failedAt, _id: trusted({ $gt: after.digest }) },
            ],
          }
        : {};
      const found = await letters
        .find(beyond)
        .sort({ failedAt: 1, _id: 1 })
        .limit(bounded(limit, pageMax + 1))
        .lean();
      return found.map(toLetter);
    },

    /** The letters of one change, at most 100. */
    async ofChange(channelId: string, senderId: string, changeId: string): Promise<DeadLetter[]> {
      const found = await letters
        .find({ channelId: { $eq: channelId }, senderId: { $eq: senderId }, changeId: { $eq: changeId } })
        .limit(pageMax)
        .lean();
      return found.map(toLetter);
    },

    async get(digest: string): Promise<DeadLetter | null> {
      const found = await letters.findOne({ _id: { $eq: digest } }).lean();
      return found && toLetter(found);
    },

    /** The letter as it was read, after a replay or when it is given up. False when it was gone, or died again meanwhile. */
    async remove({ digest, failedAt }: Pick<DeadLetter, 'digest' | 'failedAt'>): Promise<boolean> {
      return (await letters.deleteOne({ _id: { $eq: digest }, failedAt: { $eq: failedAt } })).deletedCount === 1;
    },

    /** At most `cap`. */
    count,
  };
}
