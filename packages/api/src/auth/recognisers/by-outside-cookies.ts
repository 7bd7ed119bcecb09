import { StormError } from '@storm/shared/node';
import { isFromOwnPage } from '../cookies/own-page.js';
import { provenanceOf } from '../cookies/provenance-of.js';
import type { Recogniser } from './recogniser.js';

/**
 * Cookies of an identity service that vouches for who brings them. A browser sends them for any page, and no token of ours shows
 * which page it was: what changes something must say that it comes from an origin that may call.
 */
export const byOutsideCookies: Recogniser = async (request, { method }, { outsiders, access, config }) => {
  const { authorization, cookie, origin } = request.headers;
  const credential = authorization === undefined ? outsiders?.ofCookies(cookie) : undefined;
  if (!outsiders || !credential) return undefined;
  if (method !== 'get' && !(origin !== undefined && isFromOwnPage(provenanceOf(request), config.CORS_ORIGINS)))
    throw new StormError('FORBIDDEN', { message: 'With cookies, a change needs an allowed origin' });
  const claims = await outsiders.recognise(credential, request.ip ?? '');
  await access.require(claims, { onlyReads: method === 'get' });
  return claims;
};
