/** Of random ids, in the order of their bytes. */
const alphabet = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
/** Prefixes of a letter and two characters. */
const prefixes = alphabet.length ** 2;
/** Ids are random, and so is how many a window has: a page should seldom need two. */
const margin = 1.5;

export interface IdWindow {
  /** Ids at or above it; undefined: from where the page begins. */
  from: string | undefined;
  /** Ids below it; undefined: to the end. */
  below: string | undefined;
}

/**
 * Where to look for the next `limit` of about `count` user ids, one window after the other until there are so many: each wide
 * enough for all of them if the ids are spread evenly. One window for few; without an order of their own they are as right, and
 * less even.
 */
export function* idWindows(after: string | undefined, limit: number, count: number): Generator<IdWindow> {
  let width = Math.max(1, Math.ceil((margin * limit * prefixes) / Math.max(1, count)));
  let at = after === undefined ? 0 : placeOf(after);
  for (let from: string | undefined; ;) {
    at += width;
    const below = at >= prefixes ? undefined : prefixAt(at);
    yield { from, below };
    if (below === undefined) return;
    from = below;
    width *= 2;
  }
}

const prefixAt = (place: number): string =>
  `u${alphabet.charAt(Math.floor(place / alphabet.length))}${alphabet.charAt(place % alphabet.length)}`;

function placeOf(id: string): number {
  const [first, second] = [1, 2].map((at) => Math.max(0, alphabet.indexOf(id.charAt(at) || '-')));
  return (first ?? 0) * alphabet.length + (second ?? 0);
}
