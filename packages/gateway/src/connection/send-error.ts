import type { ClientError } from '@storm/shared/node';
import type { Connection } from './connection.js';

/** Every refusal in a frame leaves here. */
export function sendError(
  connection: Connection,
  { code, message, details, retryAfterMs }: ClientError,
  requestId?: string,
): void {
  connection.send(
    'error',
    {
      code,
      message,
      ...(details === undefined ? {} : { details }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
    requestId,
  );
}
