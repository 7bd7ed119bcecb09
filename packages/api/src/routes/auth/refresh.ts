import { Refresh, Tokens } from '@storm/shared/protocol';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';

export const refresh = operation({
  method: 'post',
  path: '/auth/refresh',
  tag: 'auth',
  summary: 'Exchange a refresh token, which is single use, for new tokens',
  permission: 'auth.enter',
  limit: 'refresh',
  request: { body: Refresh },
  response: { 200: Tokens },
  async handle({ body: { refreshToken } }, { sessions }) {
    return ok(await sessions.refresh(refreshToken));
  },
});
