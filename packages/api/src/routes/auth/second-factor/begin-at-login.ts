import { ByChallenge, SecondFactorEnrolment } from '@storm/shared/protocol';
import { challengedUser } from '../../../auth/second-factor/challenged-user.js';
import { operation } from '../../../http/operation.js';
import { created } from '../../../http/reply.js';

export const beginSecondFactorAtLogin = operation({
  method: 'post',
  path: '/auth/login/second-factor/enrol',
  tag: 'auth',
  summary: 'Get a secret for an authenticator app, where signing in asks for one',
  permission: 'auth.enter',
  limit: 'login',
  request: { body: ByChallenge },
  response: { 201: SecondFactorEnrolment },
  async handle({ body: { challenge } }, context) {
    return created(await context.secondFactors.begin(await challengedUser(challenge, 'enrolment', context)));
  },
});
