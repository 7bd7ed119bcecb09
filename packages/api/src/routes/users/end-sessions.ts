import { StormError } from '@storm/shared/node';
import { z } from 'zod';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { UserPath } from '../../schemas/paths.js';
import { requirePassword } from '../../users/require-password.js';

export const endSessionsOfUser = operation({
  method: 'delete',
  path: '/users/:userId/sessions',
  tag: 'users',
  summary: 'Sign somebody out everywhere (admins)',
  permission: 'session.revoke-any',
  request: { params: UserPath },
  response: { 200: z.null() },
  async handle({ user, params: { userId }, address }, { store, revoker, audit }) {
    const account = await store.users.byId(userId);
    if (!account) throw new StormError('NOT_FOUND');
    requirePassword(account); // who has none has no sessions either: only to deactivate them ends their access
    const record = () => audit.record({ actor: user.sub, action: 'sessions-revoked-all', target: userId, address });
    await revoker.endSessionsOf(userId).finally(record);
    return ok(null);
  },
});
