import { z } from 'zod';
import { limits } from './limits.js';

/** A string that UTF-8 can carry: a lone surrogate would come back as another character than was sent. */
export const wellFormed = (schema: z.ZodString) =>
  schema.refine((text) => !/\p{Surrogate}/u.test(text), 'not well-formed Unicode');

/**
 * Refuses a key named `__proto__`, which zod strips from records without a word: what a client sends and we don't take is
 * told, always.
 */
export const plainRecord = <T extends z.ZodType>(record: T) =>
  z.preprocess((input, context) => {
    if (typeof input === 'object' && input !== null && Object.hasOwn(input, '__proto__'))
      context.addIssue({ code: 'unrecognized_keys', keys: ['__proto__'], input: { ...input } });
    return input;
  }, record);

/** Its length is checked twice: zod counts code points, of which there may be half as many as UTF-16 units. */
export const MessageText = wellFormed(z.string().min(1).max(limits.textLength)).refine(
  (text) => text.length <= limits.textLength,
  `Too big: expected at most ${limits.textLength} UTF-16 units`,
);

/** Epoch milliseconds; the upper bound is the last one that a Date can hold. */
export const Millis = z.int().min(0).max(8_640_000_000_000_000);
/** `seq` numbers the changes of a channel, `position` its messages: both dense from 1; 0 is "none yet". */
export const Seq = z.int().min(0);
export const Position = z.int().min(0);

export const IsoTime = z.iso.datetime({ offset: true });
/** A client's clock: ISO 8601 in REST, epoch milliseconds in frames; REST takes both. Parsed to milliseconds. */
export const ClientTime = z.union([Millis, IsoTime.transform((text) => Date.parse(text)).pipe(Millis)]);
