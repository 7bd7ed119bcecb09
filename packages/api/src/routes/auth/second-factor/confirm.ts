import { ByCode, RecoveryCodes } from '@storm/shared/protocol';
import { checkCode } from '../../../auth/second-factor/check-code.js';
import { operation } from '../../../http/operation.js';
import { ok } from '../../../http/reply.js';

export const confirmSecondFactor = operation({
  method: 'post',
  path: '/auth/second-factor/confirm',
  tag: 'auth',
  summary: 'Turn the second factor on by a code of the app; answers recovery codes, once',
  permission: 'second-factor.own',
  request: { body: ByCode },
  response: { 200: RecoveryCodes },
  async handle({ user: { sub: userId }, body: { code }, address }, context) {
    const { secondFactors, audit } = context;
    const trial = { userId, address, refusal: 'FORBIDDEN' } as const;
    const recoveryCodes = await checkCode(trial, () => secondFactors.confirm(userId, code), context);
    await audit.record({ actor: userId, action: 'second-factor-enrolled', target: userId, address });
    return ok({ recoveryCodes });
  },
});
