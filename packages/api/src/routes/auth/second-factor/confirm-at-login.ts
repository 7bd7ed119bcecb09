import { ByChallengeAndCode, EnrolledAndSignedIn, EnrolledAndSignedInByCookies } from '@storm/shared/protocol';
import { z } from 'zod';
import { handOver } from '../../../auth/cookies/hand-over.js';
import { challengedUser } from '../../../auth/second-factor/challenged-user.js';
import { checkCode } from '../../../auth/second-factor/check-code.js';
import { signIn } from '../../../auth/sign-in.js';
import { operation } from '../../../http/operation.js';
import { ok } from '../../../http/reply.js';

export const confirmSecondFactorAtLogin = operation({
  method: 'post',
  path: '/auth/login/second-factor/confirm',
  tag: 'auth',
  summary: 'Turn the second factor on by a code of the app, and sign in; answers recovery codes, once',
  permission: 'auth.enter',
  limit: 'login',
  headers: ['x-storm-cookies'],
  request: { body: ByChallengeAndCode },
  response: { 200: z.union([EnrolledAndSignedIn, EnrolledAndSignedInByCookies]) },
  async handle({ body: { challenge, code, device: name }, device, address, browser }, context) {
    const { secondFactors, audit } = context;
    const user = await challengedUser(challenge, 'enrolment', context);
    const userId = user._id;
    const trial = { userId, address, refusal: 'UNAUTHORIZED' } as const;
    const recoveryCodes = await checkCode(trial, () => secondFactors.confirm(userId, code), context);
    await audit.record({ actor: userId, action: 'second-factor-enrolled', target: userId, address });
    const granted = await signIn(user, { device: name ?? device, address }, context);
    return handOver(ok({ recoveryCodes, ...granted }), browser, context);
  },
});
