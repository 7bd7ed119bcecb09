import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@storm/shared/node';
import { pinoHttp } from 'pino-http';
import { requestIdFor } from './request-id.js';

const pathOf = (url: string | undefined): string => (url ?? '').split('?')[0] ?? '';
const quiet = new Set(['/health', '/readiness', '/metrics', '/api/v1/health', '/api/v1/readiness']);

/** One line for each answer: never headers, bodies or query strings, where secrets and text would be. */
export const requestLog = (log: Logger) =>
  pinoHttp({
    logger: log,
    genReqId: requestIdFor,
    autoLogging: { ignore: (request) => quiet.has(pathOf(request.url)) },
    wrapSerializers: false,
    serializers: {
      req: (request: IncomingMessage & { id?: unknown; originalUrl?: string }) => ({
        id: request.id,
        method: request.method,
        path: pathOf(request.originalUrl ?? request.url),
      }),
      res: (response: ServerResponse) => ({ status: response.statusCode }),
      err: (error: Error) => ({ type: error.name }),
    },
    customLogLevel: (_request, response) => (response.statusCode >= 500 ? 'warn' : 'info'),
  });
