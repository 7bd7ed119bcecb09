import { Register, SignedIn, SignedInByCookies } from '@storm/shared/protocol';
import { z } from 'zod';
import { handOver } from '../../auth/cookies/hand-over.js';
import { requireSecondFactor } from '../../auth/second-factor/require-second-factor.js';
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
  headers: ['x-storm-cookies'],
  request: { body: Register },
  response: { 201: z.union([SignedIn, SignedInByCookies]) },
  async handle({ body, device, address, browser }, context) {
    const user = await createAccount(body, context);
    await context.audit.record({ actor: user._id, action: 'registered', target: user._id, address });
    await requireSecondFactor(user, context);
    const granted = await signIn(user, { device: body.device ?? device, address }, context);
    return handOver(created(granted), browser, context);
  },
});
