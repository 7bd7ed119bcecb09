import { defineSchema } from '../collection.js';

/** Which account a user of an identity service has here. */
export interface OutsideIdentity {
  /** A digest of issuer and subject. */
  _id: string;
  userId: string;
  issuer: string;
  subject: string;
  createdAt: Date;
}

export const outsideIdentitySchema = defineSchema<OutsideIdentity>('outsideidentities', {
  _id: { type: String, required: true },
  userId: { type: String, required: true },
  issuer: { type: String, required: true },
  subject: { type: String, required: true },
  createdAt: { type: Date, required: true },
});

outsideIdentitySchema.index({ userId: 1 }, { name: 'user' });
