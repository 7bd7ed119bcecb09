import { redeemTicket, StormError, verifyAccessToken } from '@storm/shared/node';
import { closeCodes, type AccessClaims } from '@storm/shared/protocol';
import type { Frame } from './frame.js';

/**
 * Says who is at the other end, by a ticket or a token; again, by the same user, to go on past the token's end. Answered by
 * `connection.ready`, or by the close: 4401, 4403, or 4500 when it can't be checked now.
 */
export async function authenticate({ connection, payload, requestId, context }: Frame<'authenticate'>): Promise<void> {
  let claims: AccessClaims;
  try {
    claims = await claimsOf(payload, context);
  } catch (error) {
    if (error instanceof StormError && error.code === 'UNAUTHORIZED') {
      return connection.close(closeCodes.unauthorized, 'the token or ticket is not valid');
    }
    context.log.warn({ err: error }, 'a ticket could not be redeemed');
    return connection.close(closeCodes.internal, 'try again');
  }
  await context.identify(connection, claims, requestId);
}

async function claimsOf({ ticket, token }: Frame<'authenticate'>['payload'], context: Frame<'authenticate'>['context']) {
  if (token !== undefined) return verifyAccessToken(token, context.tokens);
  return redeemTicket(ticket ?? '', context);
}
