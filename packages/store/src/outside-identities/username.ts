import type { OutsideProfile } from '@storm/shared/contracts';
import { createHash } from 'node:crypto';

const maxLength = 32;
const minLength = 3;
const suffixLength = 6;

/**
 * Usernames to try for an outside user, the nicest first: what the profile says, or how the address begins, of letters, digits
 * and underscores; then the same with a suffix that belongs to the account.
 */
export function usernamesFor({ username, email }: OutsideProfile, userId: string): string[] {
  const wished = clean(username ?? '') || clean(email?.split('@')[0] ?? '') || 'user';
  const base = wished.padEnd(minLength, '_');
  const suffixes = [0, 1, 2].map((attempt) => digits(`${userId} ${attempt}`));
  return [
    base.slice(0, maxLength),
    ...suffixes.map((suffix) => `${base.slice(0, maxLength - 1 - suffixLength)}_${suffix}`),
    `u_${digits(userId, 30)}`,
  ];
}

/** An address in place of a name gives away no more than how it begins. */
const clean = (text: string): string =>
  (text.split('@')[0] ?? '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9_]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, maxLength);

const digits = (text: string, length = suffixLength): string => createHash('sha256').update(text).digest('hex').slice(0, length);
