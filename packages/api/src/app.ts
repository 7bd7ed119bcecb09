import express, { type Express, type RequestHandler } from 'express';
import type { Context } from './context.js';
import { admission } from './http/admission.js';
import { corsFor } from './http/cors.js';
import { errorHandler, notFound } from './http/error-handler.js';
import { securityHeaders } from './http/headers.js';
import { apiPrefix } from './http/prefix.js';
import { requestLog } from './http/request-log.js';
import { routerOf } from './http/route.js';
import { docsRouter } from './openapi/router.js';
import { operationalRouter } from './operational-router.js';
import { operations } from './routes/index.js';

/** What is private must not stay in anybody's cache. */
const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader('cache-control', 'no-store');
  next();
};

/** The Express app: what every request passes, in order. */
export function createApp(context: Context): Express {
  const { config, log, ops, schema } = context;
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple').set('trust proxy', config.TRUST_PROXY);
  app.use(
    requestLog(log),
    securityHeaders(),
    noStore,
    corsFor({ origins: config.CORS_ORIGINS, credentials: config.COOKIES === 'on' || config.OUTSIDE_COOKIES.length > 0 }),
  );
  app.use(operationalRouter(ops, apiPrefix), docsRouter(operations, apiPrefix));
  app.use(
    apiPrefix,
    admission({
      capacity: config.MAX_REQUESTS_UNDER_WAY,
      notYet: () => (schema.ready ? undefined : 'the database is not set up yet'),
      draining: () => ops.draining,
    }),
    routerOf(operations, context),
  );
  app.use(notFound, errorHandler(log));
  return app;
}
