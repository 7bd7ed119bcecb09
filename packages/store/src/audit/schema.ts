import { Schema } from 'mongoose';
import { defineSchema } from '../collection.js';

/** One entry of the audit chain. */
export interface AuditEntry {
  /** Dense from 1. */
  _id: number;
  actor: string;
  action: string;
  target: string | null;
  at: Date;
  /** Over this entry and the HMAC of the one before. */
  hmac: Buffer;
}

export const auditSchema = defineSchema<AuditEntry>('audit', {
  _id: { type: Number, required: true },
  actor: { type: String, required: true },
  action: { type: String, required: true },
  target: { type: String, default: null },
  at: { type: Date, required: true },
  hmac: { type: Schema.Types.Buffer, required: true },
});
