import { newUserId } from '@storm/shared/contracts';
import { Register, SignedIn } from '@storm/shared/protocol';
import { operation } from '../../http/operation.js';
import { created } from '../../http/reply.js';
import { taken } from '../../users/taken.js';
import { toSelf } from '../../views/user.js';

export const register = operation({
  method: 'post',
  path: '/auth/register',
  tag: 'auth',
  summary: 'Create an account and sign in',
  permission: 'auth.enter',
  request: { body: Register },
  response: { 201: SignedIn },
  async handle({ body: { username, email, password }, device, address }, { passwords, sessions, store }) {
    const passwordHash = await passwords.hash(password);
    const user = await store.users
      .create({ _id: newUserId(), username, email, passwordHash, role: 'member', isActive: true, createdAt: new Date() })
      .catch(taken);
    return created({ user: toSelf(user), ...(await sessions.open(user, { device, address })) });
  },
});
