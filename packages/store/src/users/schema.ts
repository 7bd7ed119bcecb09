import type { Role } from '@storm/shared/protocol';
import { defineSchema } from '../collection.js';

export interface User {
  _id: string;
  username: string;
  usernameLower: string;
  displayName: string | null;
  email: string;
  emailLower: string;
  /** Argon2id, in its encoded form; null for whom an identity service vouches: no password signs them in. */
  passwordHash: string | null;
  role: Role;
  isActive: boolean;
  /** How often role or activity changed: access tokens carry it. */
  accessVersion: number;
  accessChangedAt: Date | null;
  lastSeenAt: Date | null;
  createdAt: Date;
}

export const userSchema = defineSchema<User>('users', {
  _id: { type: String, required: true },
  username: { type: String, required: true },
  usernameLower: { type: String, required: true },
  displayName: { type: String, default: null },
  email: { type: String, required: true },
  emailLower: { type: String, required: true },
  passwordHash: { type: String, default: null },
  role: { type: String, enum: ['admin', 'moderator', 'member'], required: true },
  isActive: { type: Boolean, required: true },
  accessVersion: { type: Number, required: true },
  accessChangedAt: { type: Date, default: null },
  lastSeenAt: { type: Date, default: null },
  createdAt: { type: Date, required: true },
});

export const usernameIndex = 'username';
export const emailIndex = 'email';
userSchema.index({ usernameLower: 1 }, { name: usernameIndex, unique: true });
userSchema.index({ emailLower: 1 }, { name: emailIndex, unique: true });
userSchema.index({ accessChangedAt: 1, _id: 1 }, { name: 'access_changed' });
userSchema.index({ isActive: 1, createdAt: 1, _id: 1 }, { name: 'active_created' });
userSchema.index({ role: 1, isActive: 1, _id: 1 }, { name: 'role' });
