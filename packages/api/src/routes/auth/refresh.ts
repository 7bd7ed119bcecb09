import { Refresh, Tokens, TokensInCookies } from '@storm/shared/protocol';
import { StormError } from '@storm/shared/node';
import { z } from 'zod';
import type { Browser } from '../../auth/cookies/browser.js';
import { handOver } from '../../auth/cookies/hand-over.js';
import type { Context } from '../../context.js';
import { operation } from '../../http/operation.js';
import { invalid } from '../../http/plain-json.js';
import { ok } from '../../http/reply.js';

export const refresh = operation({
  method: 'post',
  path: '/auth/refresh',
  tag: 'auth',
  summary:
    'Exchange a refresh token, which is single use, for new tokens; with a cookie in its place, and X-CSRF-Token, for cookies',
  permission: 'auth.enter',
  limit: 'refresh',
  headers: ['x-storm-cookies'],
  request: { body: Refresh.optional() },
  response: { 200: z.union([Tokens, TokensInCookies]) },
  async handle({ body, browser, address }, context) {
    if (body) return handOver(ok(await context.sessions.refresh(body.refreshToken, { address })), browser, context);
    const refreshToken = ownRefreshToken(browser, context);
    // What came as a cookie leaves as one: no script gets to see it.
    return handOver(ok(await context.sessions.refresh(refreshToken, { address })), { wantsCookies: true }, context);
  },
});

/** The refresh token of a browser's cookie. Throws FORBIDDEN unless a page of its session asks. */
function ownRefreshToken(browser: Browser | undefined, { sessions }: Pick<Context, 'sessions'>): string {
  if (browser?.refreshToken === undefined) throw invalid('a refresh token is needed, in the body or as a cookie');
  const sessionId = sessions.sessionIn(browser.refreshToken);
  if (sessionId === undefined) throw new StormError('UNAUTHORIZED');
  browser.requireOwnPage(sessionId);
  return browser.refreshToken;
}
