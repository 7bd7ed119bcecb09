import { TokenClaims, type AccessClaims } from '../../protocol/index.js';
import { signJwt, verifyJwt, type TokenKeys } from '../crypto/index.js';
import { StormError } from '../errors/storm-error.js';

export interface TokenOptions {
  keys: TokenKeys;
  issuer: string;
  audience: string;
  now?: () => number;
}

/** `typ` of an access token (RFC 9068's name): no other token of ours passes for one. */
const typ = 'at+jwt';

/** An access token for one session, good for `ttlSeconds`. */
export const signAccessToken = (claims: Omit<TokenClaims, 'exp'>, ttlSeconds: number, options: TokenOptions): string =>
  signJwt(claims, { ...options, typ, ttlSeconds });

/** Who the bearer is; throws UNAUTHORIZED, the same whatever is wrong with the token. */
export function verifyAccessToken(token: string, options: TokenOptions): AccessClaims {
  try {
    return TokenClaims.parse(verifyJwt(token, { ...options, typ }));
  } catch (error) {
    throw new StormError('UNAUTHORIZED', { cause: error });
  }
}

/** The token of an `Authorization: Bearer` header. */
export const bearerOf = (header: string | undefined): string | undefined => /^Bearer ([^\s]+)$/i.exec(header ?? '')?.[1];
