import { z } from 'zod';
import { errorCodes } from './error-codes.js';

export const Meta = z.object({
  requestId: z.string(),
  timestamp: z.iso.datetime(),
  nextCursor: z.string().nullable().optional(),
  hasNextPage: z.boolean().optional(),
  /** Of a page with system rows: false when there are more of them than it shows. */
  systemComplete: z.boolean().optional(),
  /** Of a list of notifications: how many there are that the caller has not read, counted up to 1,000. */
  unread: z.int().optional(),
  head: z.object({ seq: z.int(), position: z.int() }).optional(),
});
export type Meta = z.infer<typeof Meta>;

/** What every success of the REST API looks like. */
export const success = <T extends z.ZodType>(data: T) => z.object({ success: z.literal(true), data, meta: Meta });

/** What every failure looks like. */
export const Failure = z.object({
  success: z.literal(false),
  error: z.object({ code: z.enum(errorCodes), message: z.string(), details: z.unknown().optional() }),
  meta: Meta,
});
