import { z } from 'zod';
import { forget } from '../../auth/cookies/hand-over.js';
import { requireSession } from '../../auth/require-session.js';
import { operation } from '../../http/operation.js';

export const logout = operation({
  method: 'post',
  path: '/auth/logout',
  tag: 'auth',
  summary: 'End the session that asks',
  permission: 'session.own',
  response: { 200: z.null() },
  async handle({ user, browser, address }, context) {
    requireSession(user);
    const { revoker, audit } = context;
    const record = () => audit.record({ actor: user.sub, action: 'logout', target: user.sid, address });
    await revoker.endSession({ _id: user.sid, userId: user.sub }).finally(record);
    return forget(browser, context);
  },
});
