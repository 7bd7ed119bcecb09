import { StormError } from '@storm/shared/node';
import { z } from 'zod';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { SessionPath } from '../../schemas/paths.js';

export const endSession = operation({
  method: 'delete',
  path: '/auth/sessions/:sessionId',
  tag: 'auth',
  summary: 'End one of my sessions',
  permission: 'session.own',
  request: { params: SessionPath },
  response: { 200: z.null() },
  async handle({ user, params: { sessionId }, address }, { store, revoker, audit }) {
    const session = await store.sessions.byId(sessionId);
    if (session?.userId !== user.sub) throw new StormError('NOT_FOUND');
    const record = () => audit.record({ actor: user.sub, action: 'session-revoked', target: sessionId, address });
    await revoker.endSession(session).finally(session.revokedAt ? undefined : record);
    return ok(null);
  },
});
