import { User } from '@storm/shared/protocol';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { UserPath } from '../../schemas/paths.js';
import { changeAccess } from '../../users/change-access.js';
import { toUser } from '../../views/user.js';

export const deactivateUser = operation({
  method: 'delete',
  path: '/users/:userId',
  tag: 'users',
  summary: 'Deactivate somebody (admins): they are signed out everywhere and can not sign in; what they wrote stays',
  permission: 'user.manage',
  request: { params: UserPath },
  response: { 200: User },
  async handle({ user, params: { userId }, address }, context) {
    return ok(toUser(await changeAccess(userId, { isActive: false }, { actor: user.sub, address }, context), user));
  },
});
