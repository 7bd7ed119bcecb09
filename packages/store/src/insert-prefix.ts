import mongoose from 'mongoose';
import type { Collection } from './collection.js';
import { isContended } from './errors/contended.js';
import { DuplicateKey } from './errors/index.js';
import { translate } from './errors/translate.js';

export interface Inserted {
  /** How many, from the first, are stored by this call. */
  inserted: number;
  /** The one after them met another writer's: in a unique index, or on its way there. */
  conflict: boolean;
}

/**
 * Stores documents in one ordered bulk: a prefix of them, whatever happens. Throws `StoreUnavailable` when it is not known
 * which prefix. The documents are not kept; without an `_id` they get one.
 */
export async function insertPrefix<T extends mongoose.mongo.Document>(
  collection: Collection<T>,
  documents: readonly mongoose.mongo.OptionalUnlessRequiredId<T>[],
): Promise<Inserted> {
  if (documents.length === 0) return { inserted: 0, conflict: false };
  try {
    await collection.insertMany(documents, { ordered: true, ignoreUndefined: true });
    return { inserted: documents.length, conflict: false };
  } catch (error) {
    const index = certainFailure(error);
    if (index === undefined || !(isContended(error) || translate(error) instanceof DuplicateKey)) throw error;
    return { inserted: index, conflict: true };
  }
}

/** The index of what the server refused; undefined when it is not known what is stored, or stored for good. */
function certainFailure(error: unknown): number | undefined {
  if (!(error instanceof mongoose.mongo.MongoBulkWriteError) || error.result.getWriteConcernError()) return undefined;
  const [first] = [error.writeErrors].flat();
  return first?.index;
}
