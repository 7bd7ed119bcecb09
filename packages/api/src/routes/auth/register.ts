import { newUserId } from '@storm/shared/contracts';
import { Register, SignedIn } from '@storm/shared/protocol';
import { signIn } from '../../auth/sign-in.js';
import { operation } from '../../http/operation.js';
import { created } from '../../http/reply.js';
import { taken } from '../../users/taken.js';

export const register = operation({
  method: 'post',
  path: '/auth/register',
  tag: 'auth',
  summary: 'Create an account and sign in',
  permission: 'auth.enter',
  limit: 'register',
  request: { body: Register },
  response: { 201: SignedIn },
  async handle({ body: { username, email, password }, device, address }, context) {
    const { passwords, store } = context;
    const passwordHash = await passwords.hash(password);
    const user = await store.users
      .create({ _id: newUserId(), username, email, passwordHash, role: 'member', isActive: true, createdAt: new Date() })
      .catch(taken);
    return created(await signIn(user, { device, address }, context));
  },
});
