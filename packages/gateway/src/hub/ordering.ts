/** An event covers the changes `from`–`seq`. */
export interface Covered {
  from: number;
  seq: number;
}

/**
 * What to do with an event of a channel that is delivered up to `delivered`:
 * - `stale`: it covers nothing new
 * - `next`: it continues, or overlaps and continues (events set absolute state: the overlap does no harm)
 * - `gap`: something before it is missing
 */
export function orderOf(delivered: number, { from, seq }: Covered): 'stale' | 'next' | 'gap' {
  if (seq <= delivered) return 'stale';
  return from <= delivered + 1 ? 'next' : 'gap';
}
