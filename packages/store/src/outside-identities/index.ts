import type { Model } from 'mongoose';
import { createHash } from 'node:crypto';
import { type Collection, majority, native } from '../collection.js';
import { DuplicateKey } from '../errors/index.js';
import { translate } from '../errors/translate.js';
import type { OutsideIdentity } from './schema.js';

export type { OutsideIdentity } from './schema.js';

export type OutsideIdentityQueries = ReturnType<typeof outsideIdentityQueries>;

export function outsideIdentityQueries(model: Model<OutsideIdentity>) {
  const identities = native(model);
  return { claim: claim(identities) };
}

export interface OutsideClaim {
  issuer: string;
  subject: string;
  /** The account it gets when it has none. */
  userId: string;
}

const idOf = (issuer: string, subject: string): string =>
  createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('base64url');

/** The id of the account of an outside user: the one given when it is the first, for good; whoever asks at once gets the same. */
const claim = (identities: Collection<OutsideIdentity>) =>
  async function claim({ issuer, subject, userId }: OutsideClaim, createdAt = new Date()): Promise<string> {
    const _id = idOf(issuer, subject);
    const known = await identities.findOne({ _id }, majority);
    if (known) return known.userId;
    try {
      await identities.insertOne({ _id, userId, issuer, subject, createdAt });
      return userId;
    } catch (error) {
      const translated = translate(error);
      const first = translated instanceof DuplicateKey ? await identities.findOne({ _id }) : undefined;
      if (!first) throw translated;
      return first.userId;
    }
  };
