import { clientError, StormError, type Logger } from '@storm/shared/node';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { failureBody } from './envelope.js';
import { fromHttpLibrary } from './http-library-error.js';
import { requestIdOf } from './request-id.js';

export const notFound: RequestHandler = () => {
  throw new StormError('NOT_FOUND', { message: 'There is no such operation' });
};

/** The one place where an error becomes an answer. What we did not foresee is logged here and is INTERNAL_ERROR to the caller. */
export const errorHandler =
  (log: Logger): ErrorRequestHandler =>
  (error: unknown, _request, response, _next) => {
    const failure = clientError(fromHttpLibrary(error));
    const requestId = requestIdOf(response);
    if (failure.status === 500) log.error({ err: error, requestId }, 'a request failed');
    if (response.headersSent) return response.destroy(); // half an answer can't be taken back, only cut off
    if (failure.retryAfterMs !== undefined || failure.status === 503)
      response.setHeader('retry-after', Math.max(1, Math.ceil((failure.retryAfterMs ?? 1_000) / 1_000)));
    if (failure.status === 401) response.setHeader('www-authenticate', 'Bearer');
    response.status(failure.status).json(failureBody(failure, requestId));
  };
