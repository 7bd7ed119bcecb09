import { verifyAccessToken } from '@storm/shared/node';
import type { Recogniser } from './recogniser.js';

/** A browser's cookie with an access token of ours that still holds. What changes something must come from a page of its session. */
export const byCookie: Recogniser = async (request, { method }, { cookies, tokens, access }) => {
  const token = cookies?.read(request).access;
  if (!cookies || token === undefined) return undefined;
  const claims = verifyAccessToken(token, tokens);
  if (method !== 'get') cookies.requireOwnPage(request, claims.sid);
  await access.require(claims, { onlyReads: method === 'get' });
  return claims;
};
