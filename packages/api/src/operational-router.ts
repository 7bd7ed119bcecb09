import type { Operations } from '@storm/shared/node';
import type { RequestHandler } from 'express';

/**
 * Health and readiness, at the root and under the API's prefix; there without the reasons of what failed, since anybody may ask.
 * Metrics at the root alone, which no proxy of ours passes on.
 */
export function operationalRouter(ops: Operations, prefix: string): RequestHandler {
  const open = new Set(['/health', '/readiness'].map((path) => prefix + path));
  return (request, response, next) => {
    const isOpen = open.has(request.path);
    const path = isOpen ? request.path.slice(prefix.length) : request.path;
    if (!ops.handle(request, response, path, { reasons: !isOpen })) next();
  };
}
