import { randomBytes } from 'node:crypto';
import type { Model } from 'mongoose';
import { DuplicateKey } from '../errors/index.js';
import { translate } from '../errors/translate.js';
import type { Meta, MetaDocument } from './schema.js';

export type { Meta } from './schema.js';

/** Grows with a change of what is stored that needs a migration. */
export const schemaVersion = 1;

const theOne = 'storm';
const newEpoch = () => randomBytes(12).toString('base64url');

export type MetaQueries = ReturnType<typeof metaQueries>;

export function metaQueries(model: Model<MetaDocument>) {
  return {
    /** Makes it unless there is one; gives what there is, which may have other shards than asked for. */
    async ensure({ shards }: { shards: number }): Promise<Meta> {
      const found = await read(model);
      if (found) return found;
      try {
        await model.create({ _id: theOne, epoch: newEpoch(), shards, schemaVersion });
      } catch (error) {
        if (!(translate(error) instanceof DuplicateKey)) throw error;
      }
      const made = await read(model);
      if (!made) throw new Error('What was just made is not there: is somebody dropping the database?');
      return made;
    },

    /** Another epoch, after a restore: clients with positions from the other life reload. Null when there is no database yet. */
    async renewEpoch(): Promise<Meta | null> {
      await model.updateOne({ _id: theOne }, { epoch: newEpoch() });
      return read(model);
    },

    /** Null before the first start of anything. */
    read: () => read(model),
  };
}

async function read(model: Model<MetaDocument>): Promise<Meta | null> {
  const found = await model.findOne({ _id: theOne }).readConcern('majority').lean();
  return found && { epoch: found.epoch, shards: found.shards, schemaVersion: found.schemaVersion };
}
