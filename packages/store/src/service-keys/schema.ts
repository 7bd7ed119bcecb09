import { Schema } from 'mongoose';
import { defineSchema } from '../collection.js';

/** What lets a program of the operator's call. It stays listed after it is revoked or expired. */
export interface ServiceKey {
  _id: string;
  name: string;
  /** What it may do. */
  scopes: string[];
  /** The users that it may act for, where its scopes let it; null: any. */
  actsFor: string[] | null;
  /** SHA-256 of a secret of 256 random bits, which nobody guesses: no slow hash is needed. */
  secretHash: Buffer;
  /** The id of the admin who made it. */
  createdBy: string;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** Right to the minute. */
  lastUsedAt: Date | null;
}

export const serviceKeySchema = defineSchema<ServiceKey>('servicekeys', {
  _id: { type: String, required: true },
  name: { type: String, required: true },
  scopes: { type: [String], required: true },
  actsFor: { type: [String], default: null },
  secretHash: { type: Schema.Types.Buffer, required: true },
  createdBy: { type: String, required: true },
  createdAt: { type: Date, required: true },
  expiresAt: { type: Date, default: null },
  revokedAt: { type: Date, default: null },
  lastUsedAt: { type: Date, default: null },
});

serviceKeySchema.index({ createdAt: 1, _id: 1 }, { name: 'created' });
