import { User } from '@storm/shared/protocol';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { findSelf } from '../../users/find-self.js';
import { toSelf } from '../../views/user.js';

export const me = operation({
  method: 'get',
  path: '/users/me',
  tag: 'users',
  summary: 'My account',
  permission: 'profile.own',
  response: { 200: User },
  async handle({ user }, { store }) {
    return ok(toSelf(await findSelf(user, store)));
  },
});
