import { defineSchema } from '../collection.js';

export interface RecoveryCode {
  /** HMAC of the code, as base64url. */
  mac: string;
  usedAt: Date | null;
}

/** What a user shows beside the password: an authenticator app that shares a secret with us. */
export interface SecondFactor {
  /** The user. */
  _id: string;
  /** Sealed, as base64url. */
  secret: string;
  /** The key that it is sealed under. */
  kid: string;
  createdAt: Date;
  /** Null until the user has shown that their app has the secret: nobody is asked for a code before. */
  confirmedAt: Date | null;
  /** The time step of the last code that was taken. Only later ones are good. */
  lastStep: number;
  recoveryCodes: RecoveryCode[];
}

export const secondFactorSchema = defineSchema<SecondFactor>('secondfactors', {
  _id: { type: String, required: true },
  secret: { type: String, required: true },
  kid: { type: String, required: true },
  createdAt: { type: Date, required: true },
  confirmedAt: { type: Date, default: null },
  lastStep: { type: Number, required: true },
  recoveryCodes: { type: [{ _id: false, mac: String, usedAt: Date }], required: true },
});

secondFactorSchema.index({ kid: 1 }, { name: 'kid' });
