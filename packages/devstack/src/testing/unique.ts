import { randomInt } from 'node:crypto';

/** A prefix for keys in Redis that no other test has: `t` and eight random characters of a–z and 0–9. */
export function uniqueNamespace(): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return `t${Array.from({ length: 8 }, () => alphabet.charAt(randomInt(alphabet.length))).join('')}`;
}

/** A name for a database in MongoDB that no other test has. */
export const uniqueDatabase = (): string => `storm_${uniqueNamespace()}`;
