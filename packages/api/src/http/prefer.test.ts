import { expect, it } from 'vitest';
import { preferredWait } from './prefer.js';

it.each([
  ['wait=3', 3],
  ['Wait = "4"', 4],
  ['respond-async, wait=2', 2],
  ['wait=1; foo=bar', 1],
  ['wait=60', 5],
])('honours %s', (header, seconds) => expect(preferredWait(header)).toBe(seconds));

it.each([undefined, '', 'wait', 'wait=0', 'wait=-1', 'wait=1.5', 'wait=x', 'await=3', 'wait=99999999999999999999'])(
  'ignores %s',
  (header) => expect(preferredWait(header)).toBeUndefined(),
);
