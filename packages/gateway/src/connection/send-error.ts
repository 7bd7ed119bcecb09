import { clientError, type ClientError, type Logger } from '@storm/shared/node';
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

/** The same of whatever was thrown. What is our fault is logged, and told without its cause. */
export function sendFailure(connection: Connection, error: unknown, log: Logger, requestId?: string): void {
  const told = clientError(error);
  if (told.code === 'INTERNAL_ERROR') log.error({ err: error }, 'a frame could not be handled');
  sendError(connection, told, requestId);
}
