import { bearerOf, verifyAccessToken } from '@storm/shared/node';
import type { Recogniser } from './recogniser.js';

/** `Authorization: Bearer` with an access token of ours that still holds. */
export const byAccessToken: Recogniser = async (request, { method }, { tokens, access }) => {
  const token = bearerOf(request.headers.authorization);
  if (token === undefined) return undefined;
  const claims = verifyAccessToken(token, tokens);
  await access.require(claims, { onlyReads: method === 'get' });
  return claims;
};
