import { bearerOf } from '@storm/shared/node';
import type { Recogniser } from './recogniser.js';

/** `Authorization: Bearer` with a token for which an identity service vouches. */
export const byOutsideToken: Recogniser = async (request, { method }, { outsiders, access }) => {
  const credential = outsiders?.ofToken(bearerOf(request.headers.authorization));
  if (!outsiders || !credential) return undefined;
  const claims = await outsiders.recognise(credential, request.ip ?? '');
  await access.require(claims, { onlyReads: method === 'get' });
  return claims;
};
