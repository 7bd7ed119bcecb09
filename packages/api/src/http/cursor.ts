import { limits } from '@storm/shared/protocol';
import { decodeBase64Url } from '@storm/shared/node';
import { z } from 'zod';

/** Where the next page begins, opaque to clients. It grants nothing: whoever alters one sees what they may see anyway. */
export const encodeCursor = (place: unknown): string => Buffer.from(JSON.stringify(place)).toString('base64url');

function decode(text: string): unknown {
  try {
    return JSON.parse(decodeBase64Url(text)?.toString() ?? '');
  } catch {
    return undefined; // no schema of a place takes it
  }
}

/** A cursor of ours that holds such a place. */
export const cursorOf = <T extends z.ZodType>(place: T) =>
  z
    .string()
    .max(512)
    .transform((text, context): z.output<T> => {
      const parsed = place.safeParse(decode(text));
      if (parsed.success) return parsed.data;
      context.addIssue({ code: 'custom', message: 'not a cursor' });
      return z.NEVER;
    });

/** A whole number as a query has it: digits alone. */
export const digits = z
  .string()
  .regex(/^\d{1,15}$/, 'not a whole number')
  .transform(Number);

export const PageLimit = digits.pipe(z.int().min(1).max(limits.pageSizeMax)).default(limits.pageSize);

/** Query of a list whose pages begin at such a place. */
export const listQuery = <T extends z.ZodType>(place: T) => ({ cursor: cursorOf(place).optional(), limit: PageLimit });

/** A page and its meta, from one more item than was asked for. */
export function pageOf<T>(found: readonly T[], limit: number, placeOf: (last: T) => unknown) {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const hasNextPage = found.length > limit;
  return { items, meta: { hasNextPage, nextCursor: hasNextPage && last !== undefined ? encodeCursor(placeOf(last)) : null } };
}
