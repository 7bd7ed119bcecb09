import { SecondFactorEnrolment } from '@storm/shared/protocol';
import { operation } from '../../../http/operation.js';
import { created } from '../../../http/reply.js';
import { findSelf } from '../../../users/find-self.js';
import { requirePassword } from '../../../users/require-password.js';

export const beginSecondFactor = operation({
  method: 'post',
  path: '/auth/second-factor',
  tag: 'auth',
  summary: 'Get a secret for an authenticator app; it counts once a code confirms it',
  permission: 'second-factor.own',
  response: { 201: SecondFactorEnrolment },
  async handle({ user }, { secondFactors, store }) {
    const self = await findSelf(user, store);
    requirePassword(self);
    return created(await secondFactors.begin(self));
  },
});
