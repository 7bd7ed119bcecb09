import { randomBytes } from 'node:crypto';
import { generateKey, generateSealKeys } from '@storm/shared/node';
import type { StoredSecret } from './catalogue.js';

const FIRST = 'k1';

/** A fresh secret in the text form that its variable takes. */
export async function generateSecret(name: StoredSecret): Promise<string> {
  switch (name) {
    case 'redis_password':
    case 'mongo_password':
      return randomBytes(32).toString('base64url');
    case 'seal_private_keys':
      return (await generateSealKeys(FIRST)).privateRing;
    default:
      return generateKey(FIRST);
  }
}
