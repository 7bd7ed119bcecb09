import { Login, SignedIn } from '@storm/shared/protocol';
import { StormError } from '@storm/shared/node';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { toSelf } from '../../views/user.js';

export const login = operation({
  method: 'post',
  path: '/auth/login',
  tag: 'auth',
  summary: 'Sign in with email address or username',
  permission: 'auth.enter',
  request: { body: Login },
  response: { 200: SignedIn },
  async handle({ body: { email, username = '', password }, device, address }, { passwords, sessions, store }) {
    const user = await store.users.byLogin(email === undefined ? { username } : { email });
    // The same work and the same answer, whatever is wrong: who has an account is nobody's business.
    const matches = await passwords.verify(user?.passwordHash, password);
    if (!user?.isActive || !matches) throw new StormError('UNAUTHORIZED', { message: 'The name or the password is wrong' });
    return ok({ user: toSelf(user), ...(await sessions.open(user, { device, address })) });
  },
});
