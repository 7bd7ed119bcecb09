import type { IncomingMessage } from 'node:http';
import { bearerOf, verifyAccessToken, type TokenOptions } from '@storm/shared/node';
import type { AccessClaims } from '@storm/shared/protocol';

/** Who an upgrade says it is: somebody, nobody yet (the first frame will say), or a token that is not valid. */
export type Credentials = { kind: 'claims'; claims: AccessClaims } | { kind: 'none' } | { kind: 'invalid' };

/** Reads `Authorization: Bearer`, or `?token=` of old clients. Neither is ever logged. */
export function credentialsOf(request: IncomingMessage, query: URLSearchParams, tokens: TokenOptions): Credentials {
  const token = bearerOf(request.headers.authorization) ?? query.get('token');
  if (token === null) return { kind: 'none' };
  try {
    return { kind: 'claims', claims: verifyAccessToken(token, tokens) };
  } catch {
    return { kind: 'invalid' };
  }
}
