import { StormError } from '@storm/shared/node';
import { z } from 'zod';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { UserPath } from '../../schemas/paths.js';

export const endSessionsOfUser = operation({
  method: 'delete',
  path: '/users/:userId/sessions',
  tag: 'users',
  summary: 'Sign somebody out everywhere (admins)',
  permission: 'session.revoke-any',
  request: { params: UserPath },
  response: { 200: z.null() },
  async handle({ user, params: { userId }, address }, { store, revoker, audit }) {
    if (!(await store.users.byId(userId))) throw new StormError('NOT_FOUND');
    await audit.record({ actor: user.sub, action: 'sessions-revoked-all', target: userId, address });
    await revoker.endSessionsOf(userId);
    return ok(null);
  },
});
