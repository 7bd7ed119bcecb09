import type { AccessClaims } from '@storm/shared/protocol';
import { bearerOf, StormError, verifyAccessToken, type TokenOptions } from '@storm/shared/node';
import { may, permissions, type Permission } from '../permissions.js';

/** Who calls, by their bearer token alone: no database is asked. Throws UNAUTHORIZED or FORBIDDEN. */
export function identify(
  authorization: string | undefined,
  permission: Permission,
  tokens: TokenOptions,
): AccessClaims | undefined {
  if (permissions[permission] === 'anyone') return undefined;
  const token = bearerOf(authorization);
  if (token === undefined) throw new StormError('UNAUTHORIZED');
  const claims = verifyAccessToken(token, tokens);
  if (!may(claims.role, permission)) throw new StormError('FORBIDDEN');
  return claims;
}
