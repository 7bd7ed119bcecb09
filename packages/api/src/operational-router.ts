import type { Operations } from '@storm/shared/node';
import type { RequestHandler } from 'express';

/** Health and readiness, at the root and under the API's prefix; metrics at the root alone, which no proxy of ours passes on. */
export function operationalRouter(ops: Operations, prefix: string): RequestHandler {
  const open = new Set(['/health', '/readiness'].map((path) => prefix + path));
  return (request, response, next) => {
    const path = open.has(request.path) ? request.path.slice(prefix.length) : request.path;
    if (!ops.handle(request, response, path)) next();
  };
}
