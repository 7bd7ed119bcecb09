import { z } from 'zod';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';

export const logout = operation({
  method: 'post',
  path: '/auth/logout',
  tag: 'auth',
  summary: 'End the session that asks',
  permission: 'session.own',
  response: { 200: z.null() },
  async handle({ user }, { revoker }) {
    await revoker.endSession({ _id: user.sid, userId: user.sub });
    return ok(null);
  },
});
