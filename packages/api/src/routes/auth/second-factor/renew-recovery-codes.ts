import { ByCode, RecoveryCodes } from '@storm/shared/protocol';
import { checkCode } from '../../../auth/second-factor/check-code.js';
import { operation } from '../../../http/operation.js';
import { ok } from '../../../http/reply.js';

export const renewRecoveryCodes = operation({
  method: 'post',
  path: '/auth/second-factor/recovery-codes',
  tag: 'auth',
  summary: 'Replace all recovery codes; answers the new ones, once',
  permission: 'second-factor.own',
  request: { body: ByCode },
  response: { 200: RecoveryCodes },
  async handle({ user: { sub: userId }, body: { code }, address }, context) {
    const { secondFactors } = context;
    await checkCode({ userId, address, refusal: 'FORBIDDEN' }, () => secondFactors.take(userId, code), context);
    return ok({ recoveryCodes: await secondFactors.renewRecoveryCodes(userId) });
  },
});
