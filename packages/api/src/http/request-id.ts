import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const sane = /^[A-Za-z0-9._:-]{1,64}$/;

/** The caller's `X-Request-Id` if it is one, else a new one; says it in the answer. */
export function requestIdFor(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && sane.test(given) ? given : randomUUID();
  response.setHeader('x-request-id', id);
  return id;
}

/** The id that `requestIdFor` gave this request. */
export const requestIdOf = (response: ServerResponse): string => String(response.getHeader('x-request-id'));
