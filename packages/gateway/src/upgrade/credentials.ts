import type { IncomingMessage } from 'node:http';
import { bearerOf, cookieNames, verifyAccessToken, type Credential, type Outsiders, type TokenOptions } from '@storm/shared/node';
import type { AccessClaims } from '@storm/shared/protocol';

/** Who an upgrade says it is: somebody, somebody whom another service knows, nobody yet (the first frame will say), or a token that is not valid. */
export type Credentials =
  | { kind: 'claims'; claims: AccessClaims }
  | { kind: 'outside'; recognise: (address: string) => Promise<AccessClaims> }
  | { kind: 'none' }
  | { kind: 'invalid' };

interface Judges {
  tokens: TokenOptions;
  outsiders: Outsiders | undefined;
}

/**
 * Reads `Authorization: Bearer`, the cookies, ours first, or `?token=` of old clients; the first that is there counts. None is
 * ever logged. Call it for upgrades whose origin, if there is one, is allowed: a browser sends cookies along for any page, so
 * without an origin they are not believed.
 */
export function credentialsOf({ headers }: IncomingMessage, query: URLSearchParams, judges: Judges): Credentials {
  const { outsiders } = judges;
  const cookies = headers.origin === undefined ? undefined : headers.cookie;
  const bearer = bearerOf(headers.authorization);
  if (bearer !== undefined) return ofToken(bearer, judges);
  const own = cookieOf(cookies);
  if (own !== undefined) return ofOwnToken(own, judges);
  const foreign = outsiders?.ofCookies(cookies);
  if (outsiders && foreign) return outside(foreign, outsiders);
  const token = query.get('token');
  if (token !== null) return ofToken(token, judges);
  return { kind: cookieOf(headers.cookie) === undefined ? 'none' : 'invalid' };
}

function ofToken(token: string, judges: Judges): Credentials {
  const { outsiders } = judges;
  const credential = outsiders?.ofToken(token);
  return outsiders && credential ? outside(credential, outsiders) : ofOwnToken(token, judges);
}

function ofOwnToken(token: string, { tokens }: Judges): Credentials {
  try {
    return { kind: 'claims', claims: verifyAccessToken(token, tokens) };
  } catch {
    return { kind: 'invalid' };
  }
}

const outside = (credential: Credential, outsiders: Outsiders): Credentials => ({
  kind: 'outside',
  recognise: (address) => outsiders.recognise(credential, address),
});

const cookiePattern = new RegExp(`(?:^|;)[ \\t]*${cookieNames.access}=([^;\\s]*)`);

const cookieOf = (header: string | undefined): string | undefined => cookiePattern.exec(header ?? '')?.[1];
