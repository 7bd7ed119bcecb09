import { Login, SignedIn, SignedInByCookies } from '@storm/shared/protocol';
import { z } from 'zod';
import { checkCredentials } from '../../auth/check-credentials.js';
import { handOver } from '../../auth/cookies/hand-over.js';
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
  headers: ['x-storm-cookies'],
  request: { body: Login },
  response: { 200: z.union([SignedIn, SignedInByCookies]) },
  async handle({ body, device, address, browser }, context) {
    const from = { device: body.device ?? device, address };
    const user = await checkCredentials(body, from, context);
    await requireSecondFactor(user, context);
    return handOver(ok(await signIn(user, from, context)), browser, context);
  },
});
