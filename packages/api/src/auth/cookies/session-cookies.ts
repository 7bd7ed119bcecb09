import { cookieNames, StormError } from '@storm/shared/node';
import { parseCookie, stringifySetCookie, type SetCookie } from 'cookie';
import type { Request } from 'express';
import type { CsrfTokens } from './csrf-tokens.js';
import { isFromOwnPage } from './own-page.js';
import { provenanceOf } from './provenance-of.js';

interface Options {
  csrf: CsrfTokens;
  /** Origins whose pages may call, beside our own. */
  origins: readonly string[];
  /** Whose hosts get the cookies; only ours when empty. */
  domain: string;
  sameSite: 'strict' | 'lax';
  secure: boolean;
  accessTokenSeconds: number;
  refreshTokenSeconds: number;
  /** Where refreshing and signing out are: nothing else needs the refresh token. */
  authPath: string;
}

interface Granted {
  sessionId: string;
  accessToken: string;
  refreshToken: string;
}

/** A session in a browser's cookies. Two are out of reach of scripts; the third is what scripts must show. */
export class SessionCookies {
  constructor(private readonly options: Options) {}

  csrfTokenOf(sessionId: string): string {
    return this.options.csrf.of(sessionId);
  }

  /** `Set-Cookie` for what a browser was granted. */
  set({ sessionId, accessToken, refreshToken }: Granted): string[] {
    const { accessTokenSeconds, refreshTokenSeconds } = this.options;
    return this.#all(
      { value: accessToken, maxAge: accessTokenSeconds },
      { value: refreshToken, maxAge: refreshTokenSeconds },
      { value: this.csrfTokenOf(sessionId), maxAge: refreshTokenSeconds },
    );
  }

  /** `Set-Cookie` that makes a browser forget them. */
  clear(): string[] {
    const gone = { value: '', maxAge: 0 };
    return this.#all(gone, gone, gone);
  }

  /** The tokens in a request's cookies. Those of one that says by a header who it is are not looked at. */
  read({ headers }: Pick<Request, 'headers'>): { access: string | undefined; refresh: string | undefined } {
    if (headers.authorization !== undefined) return { access: undefined, refresh: undefined };
    const cookies = parseCookie(headers.cookie ?? '');
    return { access: cookies[cookieNames.access] || undefined, refresh: cookies[cookieNames.refresh] || undefined };
  }

  /** Throws FORBIDDEN unless a page that may act for this session made the request: a browser sends cookies for any page. */
  requireOwnPage(request: Request, sessionId: string): void {
    const { csrf, origins } = this.options;
    if (!isFromOwnPage(provenanceOf(request), origins) || !csrf.isOf(request.get('x-csrf-token') ?? '', sessionId))
      throw new StormError('FORBIDDEN', { message: 'With cookies, a change needs X-CSRF-Token and an allowed origin' });
  }

  #all(access: Pick<SetCookie, 'value' | 'maxAge'>, refresh: typeof access, csrf: typeof access): string[] {
    const { domain, sameSite, secure, authPath } = this.options;
    const shared = { sameSite, secure, ...(domain === '' ? {} : { domain }) };
    return [
      stringifySetCookie({ name: cookieNames.access, ...access, ...shared, path: '/', httpOnly: true }),
      stringifySetCookie({ name: cookieNames.refresh, ...refresh, ...shared, path: authPath, httpOnly: true }),
      stringifySetCookie({ name: cookieNames.csrf, ...csrf, ...shared, path: '/' }),
    ];
  }
}
