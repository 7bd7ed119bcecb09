import { User } from '@storm/shared/protocol';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { findSelf } from '../../users/find-self.js';
import { toSelf } from '../../views/user.js';

export const profile = operation({
  method: 'get',
  path: '/auth/profile',
  tag: 'auth',
  summary: 'Who the token is for',
  permission: 'profile.own',
  response: { 200: User },
  async handle({ user }, { store }) {
    return ok(toSelf(await findSelf(user, store)));
  },
});
