import { StormError, type Logger } from '@storm/shared/node';
import { closeCodes, type AccessClaims } from '@storm/shared/protocol';
import type { Connection } from '../connection/connection.js';

interface Options {
  log: Logger;
  identify: (connection: Connection, claims: AccessClaims, requestId: string | undefined) => Promise<void>;
  requestId?: string | undefined;
}

/**
 * Makes somebody of a connection once it is known who that is. Closes it when what it says does not hold (4401), or can't be
 * checked now (4500). Its deadline to say who it is does not run meanwhile: the checks have their own.
 */
export async function introduce(
  connection: Connection,
  recognise: () => AccessClaims | Promise<AccessClaims>,
  { log, identify, requestId }: Options,
): Promise<void> {
  let claims: AccessClaims;
  connection.introducing = true;
  try {
    claims = await recognise();
  } catch (error) {
    if (error instanceof StormError && error.code === 'UNAUTHORIZED')
      return connection.close(closeCodes.unauthorized, 'the token or ticket is not valid');
    log.warn({ err: error }, 'who somebody is could not be checked');
    return connection.close(closeCodes.internal, 'try again');
  } finally {
    connection.introducing = false;
  }
  await identify(connection, claims, requestId);
}
