import type { Request } from 'express';
import type { Context } from '../../context.js';

/** What a request says by way of cookies, and asks for. */
export interface Browser {
  /** Is what it is granted to be set as cookies, out of reach of scripts? */
  wantsCookies: boolean;
  /** Does it say by cookie who it is? */
  hasCookies: boolean;
  refreshToken: string | undefined;
  /** Throws FORBIDDEN unless a page that may act for this session made the request. */
  requireOwnPage(sessionId: string): void;
}

/** Undefined while cookies are switched off. */
export function browserOf(request: Request, { cookies }: Pick<Context, 'cookies'>): Browser | undefined {
  if (!cookies) return undefined;
  const { access, refresh } = cookies.read(request);
  return {
    wantsCookies: request.get('x-storm-cookies') === '1',
    hasCookies: access !== undefined,
    refreshToken: refresh,
    requireOwnPage: (sessionId) => cookies.requireOwnPage(request, sessionId),
  };
}
