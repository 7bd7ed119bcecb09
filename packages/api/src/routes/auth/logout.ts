import { z } from 'zod';
import { forget } from '../../auth/cookies/hand-over.js';
import { operation } from '../../http/operation.js';

export const logout = operation({
  method: 'post',
  path: '/auth/logout',
  tag: 'auth',
  summary: 'End the session that asks',
  permission: 'session.own',
  response: { 200: z.null() },
  async handle({ user, browser, address }, context) {
    await context.audit.record({ actor: user.sub, action: 'logout', target: user.sid, address });
    await context.revoker.endSession({ _id: user.sid, userId: user.sub });
    return forget(browser, context);
  },
});
