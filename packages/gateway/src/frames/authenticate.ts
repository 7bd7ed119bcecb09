import { redeemTicket, verifyAccessToken } from '@storm/shared/node';
import type { AccessClaims } from '@storm/shared/protocol';
import { introduce } from '../access/introduce.js';
import type { Frame } from './frame.js';

/**
 * Says who is at the other end, by a ticket or a token; again, by the same user, to go on past the token's end. Answered by
 * `connection.ready`, or by the close: 4401, 4403, or 4500 when it can't be checked now.
 */
export function authenticate({ connection, payload, requestId, context }: Frame<'authenticate'>): Promise<void> {
  const { log, identify } = context;
  return introduce(connection, () => claimsOf(connection.address, payload, context), { log, identify, requestId });
}

function claimsOf(
  address: string,
  { ticket, token }: Frame<'authenticate'>['payload'],
  context: Frame<'authenticate'>['context'],
): AccessClaims | Promise<AccessClaims> {
  if (token === undefined) return redeemTicket(ticket ?? '', context);
  const { outsiders, tokens } = context;
  const outside = outsiders?.ofToken(token);
  return outsiders && outside ? outsiders.recognise(outside, address) : verifyAccessToken(token, tokens);
}
