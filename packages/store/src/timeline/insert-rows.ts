import type { Collection } from '../collection.js';
import { insertPrefix, type Inserted } from '../insert-prefix.js';
import { toDocument } from './document.js';
import type { TimelineRow } from './rows.js';
import type { TimelineDocument } from './schema.js';

export type { Inserted } from '../insert-prefix.js';

/**
 * Stores rows in one ordered bulk: a prefix of them, whatever happens. Throws `StoreUnavailable` when it is not known
 * which prefix. The rows are not changed.
 *
 * Give them by channel, channels in the order of their ids: two writers that have the same channels in hand and go different
 * ways may deadlock in the unique indexes of some servers, which costs a second.
 */
export const insertRows = (timeline: Collection<TimelineDocument>) =>
  async function insertRows(rows: readonly TimelineRow[]): Promise<Inserted> {
    return insertPrefix(timeline, rows.map(toDocument));
  };
