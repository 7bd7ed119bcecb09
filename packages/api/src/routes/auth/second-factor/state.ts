import { SecondFactorState } from '@storm/shared/protocol';
import { operation } from '../../../http/operation.js';
import { ok } from '../../../http/reply.js';

export const secondFactorState = operation({
  method: 'get',
  path: '/auth/second-factor',
  tag: 'auth',
  summary: 'Whether I have a second factor, and how many recovery codes are left',
  permission: 'second-factor.own',
  response: { 200: SecondFactorState },
  async handle({ user }, { secondFactors }) {
    return ok(await secondFactors.state(user.sub));
  },
});
