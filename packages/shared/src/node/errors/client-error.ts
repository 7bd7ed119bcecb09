import { z } from 'zod';
import { errorCatalogue, type ErrorCode } from '../../protocol/index.js';
import { StormError } from './storm-error.js';

export interface ClientError {
  code: ErrorCode;
  status: number;
  message: string;
  details?: unknown;
  retryAfterMs?: number;
}

/** How each zod issue looks to a client: where, and why; never the value. */
const issueOf = (issue: z.core.$ZodIssue) => ({ path: issue.path.map(String).join('.'), message: issue.message });

/**
 * What a client is told of an error, whatever was thrown: the one place that decides it for REST and frames.
 * Unknown errors become INTERNAL_ERROR without detail: log them before.
 */
export function clientError(error: unknown): ClientError {
  if (error instanceof z.ZodError) {
    const { status, message } = errorCatalogue.VALIDATION_ERROR;
    return { code: 'VALIDATION_ERROR', status, message, details: error.issues.slice(0, 20).map(issueOf) };
  }
  if (error instanceof StormError) {
    return {
      code: error.code,
      status: error.status,
      message: error.message,
      ...(error.details === undefined ? {} : { details: error.details }),
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    };
  }
  const { status, message } = errorCatalogue.INTERNAL_ERROR;
  return { code: 'INTERNAL_ERROR', status, message };
}
