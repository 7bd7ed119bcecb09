/** What a browser says of the page that made a request; a page can't alter any of it. */
export interface Provenance {
  /** `Origin`. */
  origin: string | undefined;
  /** `Sec-Fetch-Site`. */
  site: string | undefined;
  /** Scheme and host that the request was made to. */
  target: string;
}

/**
 * Whether a request that changes something comes from a page of our own or of an origin that may call. Who says nothing of it is
 * no browser of these days, or no browser: that is for the token to decide.
 */
export function isFromOwnPage({ origin, site, target }: Provenance, allowed: readonly string[]): boolean {
  if (origin !== undefined) {
    if (allowed.includes(origin)) return true;
    return origin === target && isSame(site);
  }
  return isSame(site);
}

/** `none` is the user's own doing: an address typed, a bookmark. */
const isSame = (site: string | undefined): boolean => site === undefined || site === 'same-origin' || site === 'none';
