import type { AccessClaims } from '@storm/shared/protocol';
import { StormError } from '@storm/shared/node';
import type { Request } from 'express';
import { recognisers } from '../auth/recognisers/index.js';
import type { Context } from '../context.js';
import { may, permissions } from '../permissions.js';
import type { Operation } from './operation.js';

/** Who calls; undefined where no identity is needed. Throws UNAUTHORIZED, and UNAVAILABLE when it can't be checked now. */
export async function identify(request: Request, operation: Operation, context: Context): Promise<AccessClaims | undefined> {
  if (permissions[operation.permission] === 'anyone') return undefined;
  for (const recognise of recognisers) {
    const claims = await recognise(request, operation, context);
    if (claims) return claims;
  }
  throw new StormError('UNAUTHORIZED');
}

/** Throws FORBIDDEN for what this caller's role may not do. */
export function authorize(operation: Operation, user: AccessClaims | undefined): void {
  if (!may(user?.role, operation.permission)) throw new StormError('FORBIDDEN');
}
