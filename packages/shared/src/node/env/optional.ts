import { z } from 'zod';

/** For a variable that may be left out, or be empty: undefined then. */
export const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional()).optional();
