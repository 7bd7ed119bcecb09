import { ByPasswordAndCode } from '@storm/shared/protocol';
import { z } from 'zod';
import { checkCode } from '../../../auth/second-factor/check-code.js';
import { operation } from '../../../http/operation.js';
import { ok } from '../../../http/reply.js';
import { findSelf } from '../../../users/find-self.js';

export const removeSecondFactor = operation({
  method: 'delete',
  path: '/auth/second-factor',
  tag: 'auth',
  summary: 'Do without a second factor from now on',
  permission: 'second-factor.own',
  request: { body: ByPasswordAndCode },
  response: { 200: z.null() },
  async handle({ user, body: { code, password }, address }, context) {
    const { secondFactors, passwords, store, audit } = context;
    const { _id: userId, passwordHash } = await findSelf(user, store);
    // A wrong password uses no code up, and neither says which of the two was wrong.
    const attempt = async () => ((await passwords.verify(passwordHash, password)) ? secondFactors.take(userId, code) : undefined);
    await checkCode({ userId, address, refusal: 'FORBIDDEN' }, attempt, context);
    await secondFactors.remove(userId);
    await audit.record({ actor: userId, action: 'second-factor-removed', target: userId, address });
    return ok(null);
  },
});
