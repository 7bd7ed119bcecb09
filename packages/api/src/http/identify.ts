import { StormError } from '@storm/shared/node';
import type { Request } from 'express';
import { recognisers } from '../auth/recognisers/index.js';
import { isService, type Identity } from '../auth/service-keys/service.js';
import type { Context } from '../context.js';
import { may, permissions } from '../permissions.js';
import type { Operation } from './operation.js';

/** Who calls; undefined where no identity is needed. Throws UNAUTHORIZED, and UNAVAILABLE when it can't be checked now. */
export async function identify(request: Request, operation: Operation, context: Context): Promise<Identity | undefined> {
  if (permissions[operation.permission] === 'anyone') return undefined;
  for (const recognise of recognisers) {
    const identity = await recognise(request, operation, context);
    if (identity) return identity;
  }
  throw new StormError('UNAUTHORIZED');
}

/** Throws FORBIDDEN for what this user's role, or this program's scopes, do not allow. */
export function authorize({ permission, services }: Operation, identity: Identity | undefined): void {
  const allowed = isService(identity)
    ? services !== undefined && identity.scopes.includes(services)
    : may(identity?.role, permission);
  if (!allowed) throw new StormError('FORBIDDEN');
}
