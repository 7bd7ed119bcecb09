import { Register, SignedIn } from '@storm/shared/protocol';
import { signIn } from '../../auth/sign-in.js';
import { operation } from '../../http/operation.js';
import { created } from '../../http/reply.js';
import { createAccount } from '../../users/create-account.js';

export const register = operation({
  method: 'post',
  path: '/auth/register',
  tag: 'auth',
  summary: 'Create an account and sign in',
  permission: 'auth.enter',
  limit: 'register',
  request: { body: Register },
  response: { 201: SignedIn },
  async handle({ body, device, address }, context) {
    const user = await createAccount(body, context);
    return created(await signIn(user, { device: body.device ?? device, address }, context));
  },
});
