import type { Tokens } from '@storm/shared/protocol';
import type { z } from 'zod';
import type { Context } from '../../context.js';
import type { Reply } from '../../http/reply.js';
import type { Browser } from './browser.js';

type Granted = z.input<typeof Tokens>;
type InCookies<T extends Granted> = Omit<T, 'accessToken' | 'refreshToken'> & { csrfToken: string };
type Parts = Pick<Context, 'cookies' | 'sessions'>;

/** Answers with tokens; or sets them as cookies, where a browser wants that, and leaves them out of the body. */
export function handOver<T extends Granted>(
  reply: Reply<T>,
  browser: Pick<Browser, 'wantsCookies'> | undefined,
  { cookies, sessions }: Parts,
): Reply<T | InCookies<T>> {
  if (!cookies || !browser?.wantsCookies) return reply;
  const { accessToken, refreshToken, ...rest } = reply.data;
  const sessionId = sessions.sessionIn(refreshToken) ?? '';
  return {
    ...reply,
    data: { ...rest, csrfToken: cookies.csrfTokenOf(sessionId) },
    headers: { ...reply.headers, 'set-cookie': cookies.set({ sessionId, accessToken, refreshToken }) },
  };
}

/** Answers that a session has ended; a browser that holds it in cookies forgets them. */
export const forget = (browser: Browser | undefined, { cookies }: Pick<Parts, 'cookies'>): Reply<null> => ({
  status: 200,
  data: null,
  ...(cookies && browser?.hasCookies ? { headers: { 'set-cookie': cookies.clear() } } : {}),
});
