import { defineSchema } from '../collection.js';

/** What a deployment is, fixed when its database is made. */
export interface Meta {
  /** Names this life of the database: an operator renews it after a restore. */
  epoch: string;
  /** How many queues the channels are spread over. */
  shards: number;
  schemaVersion: number;
}

export interface MetaDocument extends Meta {
  _id: string;
}

export const metaSchema = defineSchema<MetaDocument>('meta', {
  _id: { type: String, required: true },
  epoch: { type: String, required: true },
  shards: { type: Number, required: true, min: 1 },
  schemaVersion: { type: Number, required: true },
});
