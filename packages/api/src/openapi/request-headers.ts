import { ChangeId } from '@storm/shared/protocol';
import { z } from 'zod';
import type { Operation } from '../http/operation.js';

const known = {
  'idempotency-key': {
    name: 'Idempotency-Key',
    schema: ChangeId.optional().describe('Names the change: the same again changes nothing and answers with the state there is'),
  },
  prefer: {
    name: 'Prefer',
    schema: z.string().optional().describe('`wait=N`: wait up to N seconds (at most 5) until the message is stored'),
  },
  'x-storm-cookies': {
    name: 'X-Storm-Cookies',
    schema: z
      .literal('1')
      .optional()
      .describe('Where cookies are switched on: set the tokens as cookies, and leave them out of the answer'),
  },
} as const satisfies Record<Operation['headers'][number], { name: string; schema: z.ZodType }>;

/** The request headers that an operation heeds, for its documentation. */
export const requestHeaders = (headers: Operation['headers']) =>
  z.object(Object.fromEntries(headers.map((header) => [known[header].name, known[header].schema])));
