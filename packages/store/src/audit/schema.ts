import { Schema } from 'mongoose';
import { defineSchema } from '../collection.js';

/** One entry of the audit chain. */
export interface AuditEntry {
  /** Dense from 1. */
  _id: number;
  /** The id of a user or service key; null when nobody is known by it. */
  actor: string | null;
  action: string;
  /** What it was done to: the id of a user, session, key or channel, the digest of a dead letter. */
  target: string | null;
  address: string | null;
  /** Ids and codes that tell more; null when there is nothing more to tell. */
  details: Record<string, string | number> | null;
  at: Date;
  /** Which of the audit keys made `hmac`. */
  kid: string;
  /** Over this entry and the HMAC of the one before. */
  hmac: Buffer;
}

export const auditSchema = defineSchema<AuditEntry>('audit', {
  _id: { type: Number, required: true },
  actor: { type: String, default: null },
  action: { type: String, required: true },
  target: { type: String, default: null },
  address: { type: String, default: null },
  details: { type: Schema.Types.Mixed, default: null },
  at: { type: Date, required: true },
  kid: { type: String, required: true },
  hmac: { type: Schema.Types.Buffer, required: true },
});

auditSchema.index({ actor: 1, _id: 1 }, { name: 'actor' });
auditSchema.index({ action: 1, _id: 1 }, { name: 'action' });
auditSchema.index({ at: 1, _id: 1 }, { name: 'at' });
