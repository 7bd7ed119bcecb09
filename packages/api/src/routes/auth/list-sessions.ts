import { z } from 'zod';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { SessionView } from '../../schemas/sessions.js';
import { toSessionView } from '../../views/session.js';

export const listSessions = operation({
  method: 'get',
  path: '/auth/sessions',
  tag: 'auth',
  summary: 'Where I am signed in',
  permission: 'session.own',
  response: { 200: z.array(SessionView) },
  async handle({ user }, { store }) {
    const sessions = await store.sessions.listOf(user.sub);
    return ok(sessions.map((session) => toSessionView(session, user)));
  },
});
