import { Login, SignedIn } from '@storm/shared/protocol';
import { checkCredentials } from '../../auth/check-credentials.js';
import { requireSecondFactor } from '../../auth/second-factor/require-second-factor.js';
import { signIn } from '../../auth/sign-in.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';

export const login = operation({
  method: 'post',
  path: '/auth/login',
  tag: 'auth',
  summary: 'Sign in with email address or username',
  permission: 'auth.enter',
  limit: 'login',
  request: { body: Login },
  response: { 200: SignedIn },
  async handle({ body, device, address }, context) {
    const from = { device: body.device ?? device, address };
    const user = await checkCredentials(body, from, context);
    await requireSecondFactor(user, context);
    return ok(await signIn(user, from, context));
  },
});
