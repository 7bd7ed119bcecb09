import { StormError } from '@storm/shared/node';
import { z } from 'zod';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { UserPath } from '../../schemas/paths.js';

export const removeSecondFactorOf = operation({
  method: 'delete',
  path: '/users/:userId/second-factor',
  tag: 'users',
  summary: 'Take the second factor from a user who has lost theirs, once you know that it is them (admins)',
  permission: 'second-factor.remove',
  request: { params: UserPath },
  response: { 200: z.null() },
  async handle({ user, params: { userId }, address }, { secondFactors, audit }) {
    if (!(await secondFactors.remove(userId))) throw new StormError('NOT_FOUND');
    await audit.record({ actor: user.sub, action: 'second-factor-removed', target: userId, address });
    return ok(null);
  },
});
