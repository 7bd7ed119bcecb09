import { defineSchema } from '../collection.js';

/** One sign-in of a user, from login until it is revoked or expires. */
export interface Session {
  _id: string;
  userId: string;
  /** Grows with each rotation of the refresh token. */
  generation: number;
  /** Of the current refresh token. */
  tokenHash: string;
  device: string | null;
  address: string | null;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
}

export const sessionSchema = defineSchema<Session>('sessions', {
  _id: { type: String, required: true },
  userId: { type: String, required: true },
  generation: { type: Number, required: true },
  tokenHash: { type: String, required: true },
  device: { type: String, default: null },
  address: { type: String, default: null },
  createdAt: { type: Date, required: true },
  lastUsedAt: { type: Date, required: true },
  expiresAt: { type: Date, required: true },
  revokedAt: { type: Date, default: null },
});

sessionSchema.index({ userId: 1 }, { name: 'user' });
sessionSchema.index({ expiresAt: 1 }, { name: 'expires', expireAfterSeconds: 0 });
sessionSchema.index({ revokedAt: 1, _id: 1 }, { name: 'revoked' });
