import { z } from 'zod';
import { EnrolledAndSignedIn } from './second-factor.js';
import { SignedIn, Tokens } from './users.js';

const tokens = { accessToken: true, refreshToken: true } as const;
/** What a page must send as `X-CSRF-Token` with all that changes something: the cookies alone show no intent. */
const csrf = { csrfToken: z.string() };

/** The same answers for a browser that holds its tokens in cookies: no script gets to see them. */
export const TokensInCookies = Tokens.omit(tokens).extend(csrf);
export const SignedInByCookies = SignedIn.omit(tokens).extend(csrf);
export const EnrolledAndSignedInByCookies = EnrolledAndSignedIn.omit(tokens).extend(csrf);
