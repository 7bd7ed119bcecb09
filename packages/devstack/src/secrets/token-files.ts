import { formatKey, parseKeyRing, publicRingOf } from '@storm/shared/node';
import { BadSecret } from './secret-store.js';

export const tokenAlgorithms = ['hs256', 'eddsa'] as const;
export type TokenAlgorithm = (typeof tokenAlgorithms)[number];

/** How access tokens are signed and verified: the first signs, all verify. */
export type TokenAlgorithms = readonly [TokenAlgorithm, ...TokenAlgorithm[]];

/** Reads `hs256`, `eddsa`, or both with a comma. Throws `BadSecret` for anything else. */
export function parseTokenAlgorithms(text: string): TokenAlgorithms {
  const names = text.split(',').map((name) => name.trim());
  const known = names.filter((name) => tokenAlgorithms.some((algorithm) => algorithm === name)) as TokenAlgorithm[];
  const [first, ...others] = known;
  if (!first || known.length < names.length || others.includes(first))
    throw new BadSecret('STORM_TOKENS: must be hs256 or eddsa, or both with a comma');
  return [first, ...others];
}

interface Rings {
  token_keys: string;
  token_signing_keys: string;
}

/**
 * What the files for access tokens hold. One that is not in use is empty, which counts as none: who is not to sign has
 * nothing to sign with.
 */
export function tokenFiles({ token_keys, token_signing_keys }: Rings, algorithms: TokenAlgorithms): Record<string, string> {
  const publicKeys = publicRingOf(parseKeyRing(token_signing_keys)).entries;
  return {
    token_keys: algorithms.includes('hs256') ? token_keys : '',
    token_signing_keys: algorithms[0] === 'eddsa' ? token_signing_keys : '',
    token_public_keys: algorithms.includes('eddsa') ? publicKeys.map(({ kid, key }) => formatKey(kid, key)).join(',') : '',
  };
}
