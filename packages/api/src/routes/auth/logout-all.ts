import { z } from 'zod';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';

export const logoutAll = operation({
  method: 'post',
  path: '/auth/logout-all',
  tag: 'auth',
  summary: 'End all sessions of the user who asks',
  permission: 'session.own',
  response: { 200: z.null() },
  async handle({ user }, { revoker }) {
    await revoker.endSessionsOf(user.sub);
    return ok(null);
  },
});
