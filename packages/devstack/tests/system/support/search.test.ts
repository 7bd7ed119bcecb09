import fc from 'fast-check';
import { expect, it } from 'vitest';
import { search } from './search.js';

const text = fc.string({ unit: 'binary', minLength: 6, maxLength: 40 });
const around = fc.tuple(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 8 }));
const among = (needle: Buffer, [before, after]: [Uint8Array, Uint8Array]) => Buffer.concat([before, needle, after]);

const writings: [string, (bytes: Buffer) => Buffer][] = [
  ['as it is', (bytes) => bytes],
  ['hex', (bytes) => Buffer.from(bytes.toString('hex'))],
  ['upper-case hex', (bytes) => Buffer.from(bytes.toString('hex').toUpperCase())],
  ['base64', (bytes) => Buffer.from(bytes.toString('base64'))],
  ['base64url', (bytes) => Buffer.from(bytes.toString('base64url'))],
];

it.each(writings)('finds a text written in %s, whatever stands around it', (_name, write) => {
  fc.assert(
    fc.property(text, around, (needle, surroundings) => {
      expect(search(write(among(Buffer.from(needle), surroundings)), needle)).not.toEqual([]);
    }),
  );
});

it('finds a text in JSON, in JSON within JSON, and in UTF-16', () => {
  fc.assert(
    fc.property(text, (needle) => {
      const json = JSON.stringify({ text: `so: ${needle}.` });
      expect(search(Buffer.from(json), needle)).not.toEqual([]);
      expect(search(Buffer.from(JSON.stringify({ json })), needle)).not.toEqual([]);
      expect(search(Buffer.from(`so: ${needle}.`, 'utf16le'), needle)).toContain('UTF-16LE');
    }),
  );
});

it('finds nothing where it is not', () => {
  const encoded = ['base64', 'hex', 'utf8', 'utf16le'] as const;
  for (const encoding of encoded) expect(search(Buffer.from(Buffer.from('a quiet day').toString(encoding)), 'storm')).toEqual([]);
});
