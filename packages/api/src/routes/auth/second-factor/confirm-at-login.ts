import { ByChallengeAndCode, EnrolledAndSignedIn } from '@storm/shared/protocol';
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
  request: { body: ByChallengeAndCode },
  response: { 200: EnrolledAndSignedIn },
  async handle({ body: { challenge, code, device: name }, device, address }, context) {
    const { secondFactors, audit } = context;
    const user = await challengedUser(challenge, 'enrolment', context);
    const userId = user._id;
    const trial = { userId, address, refusal: 'UNAUTHORIZED' } as const;
    const recoveryCodes = await checkCode(trial, () => secondFactors.confirm(userId, code), context);
    await audit.record({ actor: userId, action: 'second-factor-enrolled', target: userId, address });
    return ok({ recoveryCodes, ...(await signIn(user, { device: name ?? device, address }, context)) });
  },
});
