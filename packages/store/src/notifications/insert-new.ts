import mongoose from 'mongoose';
import { chunks, type Collection } from '../collection.js';
import { DuplicateKey } from '../errors/index.js';
import { translate } from '../errors/translate.js';
import { inLockOrder } from '../lock-order.js';
import type { Notification } from './schema.js';

const { MongoBulkWriteError, MongoServerError } = mongoose.mongo;

/**
 * Stores those that are not there, and answers with them. Again is nothing: of the same user and key the first stays. Throws
 * `StoreUnavailable` when it is not known which are stored; then the same again says only what that call stored.
 */
export const insertNew = (notifications: Collection<Notification>) =>
  async function insertNew(wanted: readonly Notification[]): Promise<Notification[]> {
    const made: Notification[] = [];
    for (const some of chunks(inLockOrder(wanted, ({ _id }) => _id))) {
      const there = await insertSome(notifications, some);
      made.push(...some.filter((_, i) => !there.has(i)));
    }
    return made;
  };

/** The indexes of those that were there. */
async function insertSome(collection: Collection<Notification>, some: readonly Notification[]): Promise<Set<number>> {
  try {
    await collection.insertMany(some, { ordered: false });
    return new Set();
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError) || !(translate(error) instanceof DuplicateKey)) throw error;
    const refused = [error.writeErrors].flat();
    for (const { code, errmsg } of refused) {
      const reason = new MongoServerError({ code, ...(errmsg === undefined ? {} : { errmsg }) });
      if (!(translate(reason) instanceof DuplicateKey)) throw reason;
    }
    return new Set(refused.map(({ index }) => index));
  }
}
