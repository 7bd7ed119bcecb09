import type { Operation } from '../http/operation.js';

/** The headers of an answer that was limited, for its documentation. */
export const rateLimitHeaders = {
  'Retry-After': { description: 'Seconds until it may be tried again', schema: { type: 'integer', minimum: 1 } },
  'RateLimit-Policy': {
    description: 'Each rule that this counts against: `"user";q=1000;w=3600` is 1,000 in 3,600 seconds. On every limited answer',
    schema: { type: 'string' },
  },
  RateLimit: {
    description: 'What is left of each, and for how many seconds: `"user";r=998;t=3540`. On every limited answer',
    schema: { type: 'string' },
  },
} as const;

/** What an operation counts against beside the caller's general rule. */
export const limitText = (limit: Operation['limit']): string =>
  limit === undefined ? 'Too many requests' : `Too many requests; this counts against \`${limit}\``;
