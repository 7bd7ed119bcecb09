import { ByChallengeAndCode, SignedIn, SignedInByCookies } from '@storm/shared/protocol';
import { z } from 'zod';
import { handOver } from '../../../auth/cookies/hand-over.js';
import { challengedUser } from '../../../auth/second-factor/challenged-user.js';
import { checkCode } from '../../../auth/second-factor/check-code.js';
import { signIn } from '../../../auth/sign-in.js';
import { operation } from '../../../http/operation.js';
import { ok } from '../../../http/reply.js';

export const logInWithSecondFactor = operation({
  method: 'post',
  path: '/auth/login/second-factor',
  tag: 'auth',
  summary: 'Sign in with a challenge and a code of the app, or a recovery code',
  permission: 'auth.enter',
  limit: 'login',
  headers: ['x-storm-cookies'],
  request: { body: ByChallengeAndCode },
  response: { 200: z.union([SignedIn, SignedInByCookies]) },
  async handle({ body: { challenge, code, device: name }, device, address, browser }, context) {
    const user = await challengedUser(challenge, 'code', context);
    const attempt = () => context.secondFactors.take(user._id, code);
    await checkCode({ userId: user._id, address, refusal: 'UNAUTHORIZED' }, attempt, context);
    return handOver(ok(await signIn(user, { device: name ?? device, address }, context)), browser, context);
  },
});
