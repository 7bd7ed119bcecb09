import { hash, randomBytes } from 'node:crypto';

/** What every service key begins with: scanners for leaked secrets find it, and no access token of ours does. */
export const serviceKeyPrefix = 'storm_';

const form = /^storm_(k[\w-]{22})_([\w-]{43})$/;

export interface PresentedKey {
  id: string;
  secret: string;
}

/** 256 random bits. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export const keyText = ({ id, secret }: PresentedKey): string => `${serviceKeyPrefix}${id}_${secret}`;

/** Undefined for what is none. */
export function parseKey(text: string): PresentedKey | undefined {
  const [, id, secret] = form.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** What is stored: SHA-256 of the secret as it is written, 32 bytes. */
export const hashOf = (secret: string): Buffer => hash('sha256', secret, 'buffer');
