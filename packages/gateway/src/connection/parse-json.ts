import { StormError } from '@storm/shared/node';
import { limits } from '@storm/shared/protocol';

/** Frames up to so many bytes are parsed at once: there is no room for much in them. */
const smallBytes = 1_024;

/**
 * The JSON value of a frame. Throws VALIDATION_ERROR for what is none, and for a large one that is deeper or has more values than
 * any of the protocol: 64 KiB of brackets or of unknown fields take up to 80 ms to be parsed and refused, and microseconds here.
 */
export function parseJson(data: Buffer): unknown {
  if (data.length > smallBytes && !isWithin(data, limits.frameDepth, limits.frameValues)) {
    throw invalid('A frame is too deep, or has too many values');
  }
  let value: unknown;
  try {
    value = JSON.parse(data.toString());
  } catch {
    throw invalid('A frame is one JSON object');
  }
  // Parsers drop this name silently; unknown fields are refused, and this is one.
  for (const object of [value, (value as { payload?: unknown } | null)?.payload]) {
    if (typeof object === 'object' && object !== null && Object.hasOwn(object, '__proto__')) throw invalid('Unknown field');
  }
  return value;
}

const invalid = (message: string) => new StormError('VALIDATION_ERROR', { message });

const [quote, backslash, comma, open, close, openList, closeList] = Buffer.from('"\\,{}[]');

/** Of what is JSON: does it nest at most so deep, and have at most so many values between commas? Looks no further than it must. */
export function isWithin(json: Uint8Array, depthMax: number, valuesMax: number): boolean {
  let depth = 0;
  let values = 1;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (inString) {
      if (byte === backslash) at += 1;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (byte === comma) values += 1;
    else if (byte === open || byte === openList) depth += 1;
    else if (byte === close || byte === closeList) depth -= 1;
    if (depth > depthMax || values > valuesMax) return false;
  }
  return true;
}
