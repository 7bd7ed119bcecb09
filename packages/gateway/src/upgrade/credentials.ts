import type { IncomingMessage } from 'node:http';
import { bearerOf, cookieNames, verifyAccessToken, type TokenOptions } from '@storm/shared/node';
import type { AccessClaims } from '@storm/shared/protocol';

/** Who an upgrade says it is: somebody, nobody yet (the first frame will say), or a token that is not valid. */
export type Credentials = { kind: 'claims'; claims: AccessClaims } | { kind: 'none' } | { kind: 'invalid' };

/**
 * Reads `Authorization: Bearer`, the cookie, or `?token=` of old clients; the first that is there counts. None is ever
 * logged. Call it for upgrades whose origin, if there is one, is allowed: a browser sends a cookie along for any page, so
 * without an origin it is not believed.
 */
export function credentialsOf({ headers }: IncomingMessage, query: URLSearchParams, tokens: TokenOptions): Credentials {
  const cookie = cookieOf(headers.cookie);
  const token =
    bearerOf(headers.authorization) ?? (headers.origin === undefined ? undefined : cookie) ?? query.get('token') ?? undefined;
  if (token === undefined) return { kind: cookie === undefined ? 'none' : 'invalid' };
  try {
    return { kind: 'claims', claims: verifyAccessToken(token, tokens) };
  } catch {
    return { kind: 'invalid' };
  }
}

const cookiePattern = new RegExp(`(?:^|;)[ \\t]*${cookieNames.access}=([^;\\s]*)`);

const cookieOf = (header: string | undefined): string | undefined => cookiePattern.exec(header ?? '')?.[1];
