import { z } from 'zod';
import { forget } from '../../auth/cookies/hand-over.js';
import { requireSession } from '../../auth/require-session.js';
import { operation } from '../../http/operation.js';

export const logoutAll = operation({
  method: 'post',
  path: '/auth/logout-all',
  tag: 'auth',
  summary: 'End all sessions of the user who asks',
  permission: 'session.own',
  response: { 200: z.null() },
  async handle({ user, browser, address }, context) {
    requireSession(user);
    const { revoker, audit } = context;
    const record = () => audit.record({ actor: user.sub, action: 'sessions-revoked-all', target: user.sub, address });
    await revoker.endSessionsOf(user.sub).finally(record);
    return forget(browser, context);
  },
});
