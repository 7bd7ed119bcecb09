/** A whole frame of these is shorter. */
const bytesMax = 512;
const eventFirst = /^\s{0,8}\{\s{0,8}"event"\s{0,8}:\s{0,8}"(?:typing|channel\.read)"/;

/**
 * Does the next frame of its kind say all that this one says? Seen without parsing it, so that a flood costs little; clients
 * write the event first, and a frame that does otherwise counts as any other.
 */
export const isMergedFrame = (data: Buffer): boolean =>
  data.length <= bytesMax && eventFirst.test(data.toString('latin1', 0, 64));
