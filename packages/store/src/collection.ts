import { type Model, Schema, type SchemaDefinitionProperty, type mongo, trusted } from 'mongoose';

export type Collection<T extends mongo.Document> = mongo.Collection<T>;

/**
 * The schema of a collection that holds `T`: a type for each of its fields. Indexes are made by `createIndexes` alone; a filter
 * or document that names an unknown field is a defect.
 */
export function defineSchema<T extends object>(
  collection: string,
  fields: Record<keyof T & string, SchemaDefinitionProperty>,
): Schema<T> {
  const schema: unknown = new Schema(fields, {
    collection,
    autoCreate: false,
    autoIndex: false,
    bufferCommands: false,
    id: false,
    minimize: false,
    strict: 'throw',
    strictQuery: 'throw',
    versionKey: false,
  });
  return schema as Schema<T>;
}

/** A model's collection without hydration and casting, for queries of the message path: their values are parsed already. */
export const native = <T extends mongo.Document>(model: Model<T>): Collection<T> => model.collection as unknown as Collection<T>;

/** A read that decides something: of what a majority has, which no failover takes back. */
export const majority = { readConcern: { level: 'majority' } } as const;

/** A list longer than this is asked for in parts. */
export const chunkSize = 500;

export function* chunks<T>(list: readonly T[], size = chunkSize): Generator<T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}

/** Throws `RangeError` for a limit that is not a whole number in 1–`max`. */
export function bounded(limit: number, max: number): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > max) throw new RangeError(`limit ${limit} is not in 1–${max}`);
  return limit;
}

/** Those with `field` at or after `since`; of those at that very time the ones beyond `afterId`. For pages in the order of both. */
export const changedSince = (field: string, since: Date, afterId: string) => ({
  [field]: trusted({ $gte: since }),
  $or: [{ [field]: trusted({ $gt: since }) }, { [field]: since, _id: trusted({ $gt: afterId }) }],
});
