import { ProfileUpdate, User } from '@storm/shared/protocol';
import { StormError } from '@storm/shared/node';
import { say } from '../../control/say.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { findSelf } from '../../users/find-self.js';
import { taken } from '../../users/taken.js';
import { toSelf } from '../../views/user.js';

const body = ProfileUpdate.refine((fields) => Object.values(fields).some((field) => field !== undefined), 'nothing to change');

export const updateMe = operation({
  method: 'patch',
  path: '/users/me',
  tag: 'users',
  summary: 'Change my display name or username',
  permission: 'profile.own',
  request: { body },
  response: { 200: User },
  async handle({ user, body: { displayName, username } }, context) {
    const { store } = context;
    await findSelf(user, store);
    const changes = { ...(displayName === undefined ? {} : { displayName }), ...(username === undefined ? {} : { username }) };
    const updated = await store.users.update(user.sub, changes).catch(taken);
    if (!updated) throw new StormError('UNAUTHORIZED');
    await say([{ kind: 'profile-changed', userId: user.sub }], context);
    return ok(toSelf(updated));
  },
});
