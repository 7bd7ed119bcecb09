import type { Request } from 'express';
import { assertPlain, invalid } from './plain-json.js';

/** The query's fields; one that is given twice is a list, which no schema of ours takes. Refuses what is not UTF-8. */
export function readQuery({ url, query }: Request): unknown {
  const at = url.indexOf('?');
  if (at < 0) return {};
  try {
    decodeURIComponent(url.slice(at + 1));
  } catch {
    throw invalid('the query is not UTF-8');
  }
  assertPlain(query);
  return { ...query };
}
