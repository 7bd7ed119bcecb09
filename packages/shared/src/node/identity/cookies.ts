/** The cookies that a browser holds where they are switched on. */
export const cookieNames = {
  /** The access token; no script sees it. */
  access: 'storm_access',
  /** The refresh token; no script sees it, and only what is under `/auth` gets it. */
  refresh: 'storm_refresh',
  /** What a page must repeat as `X-CSRF-Token` with all that changes something. */
  csrf: 'storm_csrf',
} as const;
