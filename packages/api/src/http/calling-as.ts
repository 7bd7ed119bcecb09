import { serviceScopes } from '@storm/shared/protocol';
import type { Request } from 'express';
import { actAsHeader, actingUser } from '../auth/service-keys/acting-user.js';
import { isService, type Identity } from '../auth/service-keys/service.js';
import type { Context } from '../context.js';
import type { Caller, Operation } from './operation.js';

/** In whose name it is done. A program's use of its key is noted. */
export async function callingAs(
  identity: Identity | undefined,
  { services }: Operation,
  request: Request,
  { serviceKeys, store }: Context,
): Promise<Pick<Caller, 'user' | 'service'>> {
  if (!isService(identity)) return { user: identity, service: undefined };
  const acts = services !== undefined && serviceScopes[services] === 'user';
  const user = acts ? await actingUser(identity, request.get(actAsHeader), store) : undefined;
  serviceKeys.used(identity, user, request.ip ?? null);
  return { user, service: identity };
}
