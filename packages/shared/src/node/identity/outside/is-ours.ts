import { issuerIn } from './issuer-in.js';

/** Service keys, and refresh tokens: `sessionId.generation.secret.mac`. */
const secretsOfOurs = /^(storm_|s[\w-]{22}\.\d+\.)/;

/** Is a text that somebody brings as a bearer token a secret of ours? Then it goes to nobody else, genuine or not. */
export const isOurs = (token: string, ownIssuer: string): boolean => secretsOfOurs.test(token) || issuerIn(token) === ownIssuer;
