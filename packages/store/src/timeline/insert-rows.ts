import mongoose from 'mongoose';
import type { Collection } from '../collection.js';
import { isContended } from '../errors/contended.js';
import { DuplicateKey } from '../errors/index.js';
import { translate } from '../errors/translate.js';
import { toDocument } from './document.js';
import type { TimelineRow } from './rows.js';
import type { TimelineDocument } from './schema.js';

export interface Inserted {
  /** How many of the rows, from the first, are stored by this call. */
  inserted: number;
  /** The row after them met another writer's: in a unique index, or on its way there. */
  conflict: boolean;
}

/**
 * Stores rows in one ordered bulk: a prefix of them, whatever happens. Throws `StoreUnavailable` when it is not known
 * which prefix. The rows are not changed.
 *
 * Give them by channel, channels in the order of their ids: two writers that have the same channels in hand and go different
 * ways may deadlock in the unique indexes of some servers, which costs a second.
 */
export const insertRows = (timeline: Collection<TimelineDocument>) =>
  async function insertRows(rows: readonly TimelineRow[]): Promise<Inserted> {
    if (rows.length === 0) return { inserted: 0, conflict: false };
    try {
      await timeline.insertMany(rows.map(toDocument), { ordered: true, ignoreUndefined: true });
      return { inserted: rows.length, conflict: false };
    } catch (error) {
      const index = certainFailure(error);
      if (index === undefined || !(isContended(error) || translate(error) instanceof DuplicateKey)) throw error;
      return { inserted: index, conflict: true };
    }
  };

/** The index of the row that the server refused; undefined when it is not known what is stored, or stored for good. */
function certainFailure(error: unknown): number | undefined {
  if (!(error instanceof mongoose.mongo.MongoBulkWriteError) || error.result.getWriteConcernError()) return undefined;
  const [first] = [error.writeErrors].flat();
  return first?.index;
}
