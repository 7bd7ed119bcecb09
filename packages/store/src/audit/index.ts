import type { Model } from 'mongoose';
import { bounded, native } from '../collection.js';
import { insertPrefix, type Inserted } from '../insert-prefix.js';
import type { AuditEntry } from './schema.js';

export type { AuditEntry } from './schema.js';

/** Which entries are wanted: those that meet all of it. */
export interface AuditFilter {
  actor?: string;
  action?: string;
  /** At or after. */
  from?: Date;
  /** Before. */
  to?: Date;
}

export interface AuditSearch {
  /** Default: all. */
  filter?: AuditFilter;
  /** Only entries with a smaller number. Default: all. */
  before?: number;
  /** At most 100, and one more to see whether there are more. */
  limit: number;
}

const pageMax = 100;
const rangeMax = 1_000;

export type AuditQueries = ReturnType<typeof auditQueries>;

/** The audit chain as it is stored: who reads it to rely on it checks its HMACs. */
export function auditQueries(model: Model<AuditEntry>) {
  const audit = native(model);
  return {
    /** Stores entries under the numbers that they bear: those before the first whose number is taken. */
    async append(entries: readonly AuditEntry[]): Promise<Inserted> {
      return insertPrefix(audit, entries);
    },

    /** The newest entry with that number or a later one. From the primary: what it holds is what a new entry follows. */
    async last(from = 1): Promise<AuditEntry | null> {
      return audit.findOne({ _id: { $gte: from } }, { sort: { _id: -1 } });
    },

    /** Entries with numbers in `(after, to]`, the smallest first. Throws `RangeError` for more than 1,000 numbers. */
    async range(after: number, to: number): Promise<AuditEntry[]> {
      if (to <= after) return [];
      bounded(to - after, rangeMax);
      return audit.find({ _id: { $gt: after, $lte: to } }, { sort: { _id: 1 } }).toArray();
    },

    /** The newest first. */
    async search({ filter = {}, before = Number.MAX_SAFE_INTEGER, limit }: AuditSearch): Promise<AuditEntry[]> {
      const { from, to, ...equal } = filter;
      const at = { ...(from && { $gte: from }), ...(to && { $lt: to }) };
      return audit
        .find({ ...equal, ...(from || to ? { at } : {}), _id: { $gte: 1, $lt: before } })
        .sort({ _id: -1 })
        .limit(bounded(limit, pageMax + 1))
        .toArray();
    },
  };
}
