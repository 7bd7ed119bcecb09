import { z } from 'zod';

/** Longest credential that is looked at, in characters. */
export const credentialMax = 8_192;

const Claims = z.object({ iss: z.string() });

/**
 * The issuer that a token names, unverified: good for one thing, to choose who verifies it. Undefined for what is no JWT with an
 * issuer, or too long.
 */
export function issuerIn(token: string): string | undefined {
  const parts = token.length <= credentialMax ? token.split('.', 4) : [];
  if (parts.length !== 3) return undefined;
  try {
    return Claims.parse(JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString())).iss;
  } catch {
    return undefined;
  }
}
