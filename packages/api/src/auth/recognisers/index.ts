import { byAccessToken } from './by-access-token.js';
import { byCookie } from './by-cookie.js';
import { byOutsideCookies } from './by-outside-cookies.js';
import { byOutsideToken } from './by-outside-token.js';
import { byServiceKey } from './by-service-key.js';
import type { Recogniser } from './recogniser.js';

/** All ways to say who one is, in the order in which they are tried. */
export const recognisers: readonly Recogniser[] = [byServiceKey, byOutsideToken, byAccessToken, byCookie, byOutsideCookies];
