import { Router } from 'express';
import type { Operation } from '../http/operation.js';
import { asyncApiDocument } from '../asyncapi/document.js';
import { docsPage } from './docs-page.js';
import { openApiDocument } from './document.js';

/** `/openapi.json`, `/asyncapi.json` and `/docs`. Made at the first request, then kept. */
export function docsRouter(operations: readonly Operation[], prefix: string): Router {
  let document: object | undefined;
  let frames: object | undefined;
  let page: string | undefined;
  const router = Router({ caseSensitive: true });
  router.get(`${prefix}/openapi.json`, (_request, response) => {
    response.json((document ??= openApiDocument(operations, prefix)));
  });
  router.get(`${prefix}/asyncapi.json`, (_request, response) => {
    response.json((frames ??= asyncApiDocument()));
  });
  router.get(`${prefix}/docs`, (_request, response) => {
    response.type('html').send((page ??= docsPage(operations, prefix)));
  });
  return router;
}
