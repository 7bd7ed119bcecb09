import { ChangeId, UserId } from '@storm/shared/protocol';
import { z } from 'zod';
import type { Operation } from '../http/operation.js';

type Header = Operation['headers'][number] | 'x-storm-act-as';

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
  'x-storm-act-as': {
    name: 'X-Storm-Act-As',
    schema: UserId.optional().describe('With a service key, and needed there: the user for whom this is done'),
  },
} as const satisfies Record<Header, { name: string; schema: z.ZodType }>;

/** The request headers that an operation heeds, for its documentation. */
export const requestHeaders = (headers: readonly Header[]) =>
  z.object(Object.fromEntries(headers.map((header) => [known[header].name, known[header].schema])));
