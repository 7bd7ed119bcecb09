import { User, UserUpdate } from '@storm/shared/protocol';
import { StormError } from '@storm/shared/node';
import { say } from '../../control/say.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { UserPath } from '../../schemas/paths.js';
import { changeAccess } from '../../users/change-access.js';
import { toUser } from '../../views/user.js';

const body = UserUpdate.refine((fields) => Object.values(fields).some((field) => field !== undefined), 'nothing to change');

export const updateUser = operation({
  method: 'patch',
  path: '/users/:userId',
  tag: 'users',
  summary: "Change somebody's role, activity or display name (admins). Tokens from before a change of access are refused",
  permission: 'user.manage',
  request: { params: UserPath, body },
  response: { 200: User },
  async handle({ user, params: { userId }, body: { displayName, ...access }, address }, context) {
    const changed = await changeAccess(userId, access, { actor: user.sub, address }, context);
    if (displayName === undefined) return ok(toUser(changed, user));
    const named = await context.store.users.update(userId, { displayName });
    if (!named) throw new StormError('NOT_FOUND');
    await say([{ kind: 'profile-changed', userId }], context);
    return ok(toUser(named, user));
  },
});
