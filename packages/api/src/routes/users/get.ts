import { User } from '@storm/shared/protocol';
import { StormError } from '@storm/shared/node';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { UserPath } from '../../schemas/paths.js';
import { toUser } from '../../views/user.js';

export const getUser = operation({
  method: 'get',
  path: '/users/:userId',
  tag: 'users',
  summary: 'A user',
  permission: 'user.read',
  services: 'users:read',
  request: { params: UserPath },
  response: { 200: User },
  async handle({ user, params: { userId } }, { store }) {
    const found = await store.users.byId(userId);
    if (!found) throw new StormError('NOT_FOUND');
    return ok(toUser(found, user));
  },
});
